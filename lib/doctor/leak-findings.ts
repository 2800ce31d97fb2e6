import type { Support } from '../support'
import { finding, type Finding } from './finding'
import type { Surroundings } from './surroundings'

// The ways by which ordinary memory gets out of a process: what the application makes of a secret (strings, Buffers,
// parsed keys) lies there, whatever the backing.

export function swapFinding({ swaps }: Surroundings): Finding {
  if (swaps === null) return finding('swap', 'note', 'whether swap is on cannot be read')
  if (swaps.length === 0) return finding('swap', 'ok', 'no swap is on')
  const names = swaps.map((line) => line.split(/\s+/)[0]).join(', ')
  return finding(
    'swap',
    'warning',
    `swap is on (${names}): secrets are never written there, but what the application makes of them may be`,
    'Encrypt the swap space (crypttab with a random key), or turn it off: swapoff -a; MemorySwapMax=0 in a systemd unit',
  )
}

export function hibernationFinding({ backing }: Support, { powerStates, hibernation }: Surroundings): Finding {
  if (powerStates === null) return finding('hibernation', 'note', 'whether the machine can hibernate cannot be read')
  const possible = /\bdisk\b/.test(powerStates) && !/\[disabled\]/.test(hibernation ?? '')
  if (!possible) return finding('hibernation', 'ok', 'the machine cannot hibernate')
  if (backing === 'memfd_secret') {
    return finding('hibernation', 'note', 'while a secret lives the kernel refuses to hibernate, the whole machine')
  }
  return finding(
    'hibernation',
    'warning',
    'the machine can hibernate, and writes locked memory too to the disk then',
    'systemctl mask hibernate.target hybrid-sleep.target suspend-then-hibernate.target, or boot with nohibernate',
  )
}

export function coreFinding(support: Support, { corePattern }: Surroundings): Finding {
  const { coreLimit, dumpable } = support.process
  if (!dumpable) return finding('core', 'ok', 'the process is not dumpable: it leaves no core dump')
  const piped = corePattern?.startsWith('|') === true
  const pattern = corePattern === null ? 'core_pattern cannot be read' : `core_pattern is ${corePattern}`
  if (coreLimit === 0 && !piped) return finding('core', 'ok', `no core dump is written: RLIMIT_CORE is 0 (${pattern})`)
  const limit = piped ? 'a program gets core dumps whatever RLIMIT_CORE is' : `RLIMIT_CORE is ${coreLimit}`
  return finding(
    'core',
    'warning',
    `a crash writes ordinary memory to a core dump: ${limit} (${pattern})`,
    'Call harden() at start-up; LimitCORE=0 in a systemd unit, --ulimit core=0 in Docker, where no program takes the dumps',
  )
}

export function dumpableFinding({ process: { dumpable } }: Support): Finding {
  return dumpable
    ? finding(
        'dumpable',
        'note',
        'the process is dumpable, as every process is at first: debuggers can attach as far as ptrace_scope lets them',
        'Call harden() at start-up',
      )
    : finding('dumpable', 'ok', 'the process is not dumpable: no process of the same user can attach to it')
}

const PTRACE_SCOPES = [
  'any process of the same user can attach to it',
  'only a parent, or root, can attach to it',
  'only a process with CAP_SYS_PTRACE can attach to it',
  'no process can attach to another',
] as const

export function ptraceFinding({ process: { dumpable } }: Support, { ptraceScope }: Surroundings): Finding {
  const scope = ptraceScope === null ? 'Yama is not there' : `kernel.yama.ptrace_scope is ${ptraceScope}`
  const words = PTRACE_SCOPES[ptraceScope ?? 0] ?? 'its meaning is not known'
  const open = (ptraceScope ?? 0) === 0
  if (open && dumpable) {
    const remedy = 'Call harden() at start-up, or set sysctl kernel.yama.ptrace_scope=1'
    return finding('ptrace', 'warning', `${scope}: ${words}, and read its ordinary memory`, remedy)
  }
  return finding('ptrace', 'ok', open ? `${scope}, but the process is not dumpable` : `${scope}: ${words}`)
}

/** The options that open an inspector, in a list of options. */
export function inspectorOptions(options: readonly string[]): string[] {
  return options.filter((option) => /^--inspect(?:-brk|-wait|-port)?(?:=|$)/.test(option) || option === '--debug-port')
}

export function inspectorFinding({ process: { inspector } }: Support, surroundings: Surroundings): Finding {
  const { nodeOptions, execArgv } = surroundings
  const options = inspectorOptions([...nodeOptions.split(/\s+/), ...execArgv])
  if (options.length > 0) {
    return finding(
      'inspector',
      'warning',
      `an inspector is opened by ${options.join(' ')}: whoever connects to it can read every secret that is open`,
      'Take the option out of NODE_OPTIONS and the command line',
    )
  }
  return inspector
    ? finding('inspector', 'note', 'SIGUSR1 opens the inspector', 'Call harden() at start-up')
    : finding('inspector', 'ok', 'no inspector is open, and SIGUSR1 opens none')
}
