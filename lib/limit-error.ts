import { readFileSync } from 'node:fs'
import { SecretMemoryError } from './errors'
import type { Failure } from './failures'

/** Errnos of a limit or of memory that is exhausted, rather than of a call that does not work here. */
const LIMITS = new Set(['EAGAIN', 'ENOMEM', 'EFAULT', 'EMFILE', 'ENFILE'])

export function isLimit(failure: Failure): boolean {
  // mlock answers EPERM for a limit of 0 without CAP_IPC_LOCK (mlock(2)).
  return LIMITS.has(failure.name) || (failure.syscall === 'mlock' && failure.name === 'EPERM')
}

function firstMatch(file: string, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(readFileSync(file, 'latin1'))?.[1]
  } catch {
    // With no descriptor left /proc cannot be read either: the error then says less.
    return undefined
  }
}

function describeDescriptors(failure: Failure): { reached: string; hint: string } {
  const limit = firstMatch('/proc/self/limits', /^Max open files\s+(\S+)/m) ?? 'not readable now'
  return failure.name === 'EMFILE'
    ? {
        reached: `the limit of open files of this process (RLIMIT_NOFILE, ${limit})`,
        hint: 'Close descriptors, or raise it: ulimit -n, LimitNOFILE= in systemd, --ulimit nofile= in Docker',
      }
    : { reached: "the system's limit of open files (fs.file-max)", hint: 'Raise it: sysctl fs.file-max' }
}

function describeMappings(): { reached: string; hint: string } | null {
  const most = Number(firstMatch('/proc/sys/vm/max_map_count', /(\d+)/))
  let mappings: number
  try {
    mappings = readFileSync('/proc/self/maps', 'latin1').split('\n').length
  } catch {
    return null
  }
  // A mapping between guards takes three; the kernel refuses at the count, not above it.
  return mappings + 4 < most
    ? null
    : {
        reached: `the limit of mappings of this process (vm.max_map_count, ${most}; it has ${mappings})`,
        hint: 'Dispose secrets, leave out { isolated: true }, or raise it: sysctl vm.max_map_count',
      }
}

function describeMemlock(lockedBytes: number): { reached: string; hint: string } {
  const limit = firstMatch('/proc/self/limits', /^Max locked memory\s+(\S+)/m) ?? 'not readable now'
  const locked = firstMatch('/proc/self/status', /^VmLck:\s+(\d+)/m)
  const counted = locked === undefined || locked === '0' ? '' : `, ${Number(locked) * 1024} bytes locked in all`
  return {
    reached:
      `the limit of locked memory (RLIMIT_MEMLOCK, ${limit === 'unlimited' ? limit : `${limit} bytes`}); ` +
      `this environment's secrets use ${lockedBytes} bytes${counted}, and on newer kernels other processes of the same user count too`,
    hint:
      'Dispose secrets that are no longer used, let the event loop run so that dropped views are collected, ' +
      'or raise it: ulimit -l, LimitMEMLOCK= in systemd, --ulimit memlock= in Docker',
  }
}

/** ERR_MEMFD_SECRET_LIMIT: which limit, what this process uses of it, and how to raise it. */
export function limitError(failure: Failure, byteLength: number, lockedBytes: number): SecretMemoryError {
  const descriptors = failure.name === 'EMFILE' || failure.name === 'ENFILE'
  const mappings = descriptors || failure.name !== 'ENOMEM' ? null : describeMappings()
  const { reached, hint } = descriptors ? describeDescriptors(failure) : (mappings ?? describeMemlock(lockedBytes))
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_LIMIT',
    `Expected room for ${byteLength} bytes for a secret but received ${failure.name} from ${failure.syscall}: ${reached}`,
    { errno: -failure.errno, syscall: failure.syscall, hint },
  )
}
