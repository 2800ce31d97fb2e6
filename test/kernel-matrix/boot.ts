import { spawn } from 'node:child_process'
import { type GuestResult, RESULT_MARK } from './guest/main'
import type { Architecture } from './kernels'

export interface Boot {
  arch: Architecture
  kernel: string
  parameters: string
  protectionKeys: boolean
  image: string
  /** Megabytes; 512 by default. */
  memory?: number
  /** 30 by default. */
  minutes?: number
  /** Each line of the console. */
  onLine(line: string): void
}

interface Machine {
  program: string
  board: string
  processor: string
  console: string
}

const MACHINES: Record<Architecture, Machine> = {
  x64: { program: 'qemu-system-x86_64', board: 'q35', processor: 'Nehalem', console: 'ttyS0' },
  arm64: { program: 'qemu-system-aarch64', board: 'virt', processor: 'cortex-a72', console: 'ttyAMA0' },
}

// The keys' register is saved by xsave, which a Nehalem lacks.
const WITH_PROTECTION_KEYS = 'Nehalem,+xsave,+xsaveopt,+pku'

function argumentsFor({ arch, kernel, parameters, protectionKeys, image, memory = 512 }: Boot): string[] {
  const { board, processor, console } = MACHINES[arch]
  const commandLine = `console=${console} quiet panic=-1 root=/dev/nvme0n1 ro init=/init ${parameters}`
  return [
    ...['-M', board, '-cpu', protectionKeys ? WITH_PROTECTION_KEYS : processor],
    ...['-accel', 'tcg', '-m', String(memory), '-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'],
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

/** Boots a guest and answers all that its console showed, and how it ended. */
export function runGuest(options: Boot): Promise<{ text: string; how: string }> {
  const { program } = MACHINES[options.arch]
  const { minutes = 30 } = options
  return new Promise((resolve, reject) => {
    const guest = spawn(program, argumentsFor(options), {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: minutes * 60_000,
      killSignal: 'SIGKILL',
    })
    let text = ''
    let printed = 0
    const read = (chunk: string) => {
      text += chunk
      const lines = text.slice(printed).split(/\r?\n/)
      for (const line of lines.slice(0, -1)) options.onLine(line)
      printed = text.length - (lines.at(-1)?.length ?? 0)
    }
    guest.stdout.setEncoding('utf8').on('data', read)
    guest.stderr.setEncoding('utf8').on('data', read)
    guest.on('error', reject)
    guest.on('close', (status, signal) => resolve({ text, how: signal ?? `exit status ${status}` }))
  })
}

/** Boots a guest that runs tests and answers what it found. Rejects where it ends without an answer. */
export async function boot(options: Boot): Promise<GuestResult> {
  const onLine = (line: string) => {
    if (/^(?:ok|FAILED) /.test(line)) options.onLine(line)
  }
  const { text, how } = await runGuest({ ...options, onLine })
  const result = resultIn(text)
  if (result !== null) return result
  throw new Error(`Expected a result of the guest but received ${how} after: ${text.slice(-2000)}`)
}
