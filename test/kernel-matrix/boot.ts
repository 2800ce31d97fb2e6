import { spawn } from 'node:child_process'
import { type GuestResult, RESULT_MARK } from './guest/main'
import type { Architecture } from './kernels'

interface Boot {
  arch: Architecture
  kernel: string
  parameters: string
  image: string
  onLine(line: string): void
}

const TIMEOUT_MS = 15 * 60_000

const MACHINES: Record<Architecture, { program: string; args: readonly string[]; console: string }> = {
  x64: { program: 'qemu-system-x86_64', args: ['-M', 'q35', '-cpu', 'Nehalem'], console: 'ttyS0' },
  arm64: { program: 'qemu-system-aarch64', args: ['-M', 'virt', '-cpu', 'cortex-a72'], console: 'ttyAMA0' },
}

function argumentsFor({ arch, kernel, parameters, image }: Boot): string[] {
  const { args, console } = MACHINES[arch]
  const commandLine = `console=${console} quiet panic=-1 root=/dev/nvme0n1 ro init=/init ${parameters}`
  return [
    ...args,
    ...['-accel', 'tcg', '-m', '512', '-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'],
    ...['-drive', `file=${image},format=raw,if=none,id=d,read-only=on`, '-device', 'nvme,drive=d,serial=1'],
    ...['-kernel', kernel, '-append', commandLine.trim()],
  ]
}

/** Null where there is none, or its end was lost. */
function resultIn(text: string): GuestResult | null {
  const line = text.split(/\r?\n/).find((one) => one.startsWith(RESULT_MARK))
  try {
    return line === undefined ? null : (JSON.parse(line.slice(RESULT_MARK.length)) as GuestResult)
  } catch {
    return null
  }
}

/** Boots a guest and answers what it found. Rejects where it ends without an answer, with the last of its console. */
export function boot(options: Boot): Promise<GuestResult> {
  const { program } = MACHINES[options.arch]
  return new Promise((resolve, reject) => {
    const guest = spawn(program, argumentsFor(options), {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    let text = ''
    let printed = 0
    const read = (chunk: string) => {
      text += chunk
      const lines = text.slice(printed).split(/\r?\n/)
      for (const line of lines.slice(0, -1)) if (/^(?:ok|FAILED) /.test(line)) options.onLine(line)
      printed = text.length - (lines.at(-1)?.length ?? 0)
    }
    guest.stdout.setEncoding('utf8').on('data', read)
    guest.stderr.setEncoding('utf8').on('data', read)
    guest.on('error', reject)
    guest.on('close', (status, signal) => {
      const result = resultIn(text)
      if (result !== null) return resolve(result)
      const how = signal ?? `exit status ${status}`
      reject(new Error(`Expected a result of the guest but received ${how} after: ${text.slice(-2000)}`))
    })
  })
}
