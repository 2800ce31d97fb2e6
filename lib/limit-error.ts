import { detectRuntime } from './detection/collect'
import { descriptorHint, memlockHint } from './detection/hints'
import { fieldOf, limitOf, readText } from './detection/proc'
import { limitChannel } from './diagnostics'
import { SecretMemoryError } from './errors'
import type { Failure } from './failures'

/** Errnos of a limit or of memory that is exhausted, rather than of a call that does not work here. */
const LIMITS = new Set(['EAGAIN', 'ENOMEM', 'EFAULT', 'EMFILE', 'ENFILE'])

/** What closes and opens pages counts against no limit: it can lack but the kernel's own memory. */
const isSealing = ({ syscall }: Failure): boolean => syscall === 'mprotect' || syscall === 'pkey_mprotect'

export function isLimit(failure: Failure): boolean {
  if (isSealing(failure)) return failure.name === 'ENOMEM'
  // mlock answers EPERM for a limit of 0 without CAP_IPC_LOCK (mlock(2)).
  return LIMITS.has(failure.name) || (failure.syscall === 'mlock' && failure.name === 'EPERM')
}

/** Which limit it was, in words, and how to raise it. */
interface Reached {
  limit: string
  hint: string
}

function describeDescriptors({ name }: Failure): Reached {
  const soft = limitOf(readText('/proc/self/limits'), 'Max open files')?.soft
  const limit =
    name === 'EMFILE'
      ? `the limit of open files of this process (RLIMIT_NOFILE, ${soft ?? 'not readable now'})`
      : "the system's limit of open files (fs.file-max)"
  return { limit, hint: descriptorHint(name) }
}

/** Null where the mappings are not what ran out. */
function describeMappings(): Reached | null {
  const most = Number(readText('/proc/sys/vm/max_map_count') ?? Infinity)
  const mappings = readText('/proc/self/maps')?.split('\n').length ?? 0
  // Refused from a quarter of the limit on (src/sys/map_count.h), where each takes two or three.
  if (mappings < most / 3) return null
  return {
    limit:
      `the limit of mappings of this process (vm.max_map_count, ${most}; it has ${mappings}, and the rest is kept for ` +
      'its other memory)',
    hint: `Dispose secrets, leave out { isolated: true }, or raise it: sysctl vm.max_map_count=${most * 4}`,
  }
}

const KERNEL_MEMORY: Reached = {
  limit: 'the memory that the kernel needs to note how pages are protected',
  hint: 'Free memory of this machine or of its control group, and try again',
}

function describeMemlock(byteLength: number, lockedBytes: number): Reached {
  const soft = limitOf(readText('/proc/self/limits'), 'Max locked memory')?.soft
  const limit = soft === undefined ? 'not readable now' : soft === Infinity ? 'unlimited' : `${soft} bytes`
  const locked = Number.parseInt(fieldOf(readText('/proc/self/status'), 'VmLck') ?? '0', 10) * 1024
  const inAll = locked === 0 ? '' : `, the whole process has ${locked} bytes locked`
  const needed = Math.max(lockedBytes, locked) + byteLength
  return {
    limit:
      `the limit of locked memory (RLIMIT_MEMLOCK, ${limit}); the secrets of this thread take ${lockedBytes} bytes` +
      `${inAll}, and on newer kernels other processes of the same user count too`,
    hint:
      'Dispose secrets that are no longer used, and let the event loop run so that dropped views are collected. ' +
      memlockHint(detectRuntime(process.env), needed),
  }
}

/** ERR_MEMFD_SECRET_LIMIT: which limit, what this process uses of it, and how to raise it. */
export function limitError(failure: Failure, byteLength: number, lockedBytes: number): SecretMemoryError {
  const { name, syscall } = failure
  const descriptors = name === 'EMFILE' || name === 'ENFILE'
  const reached = descriptors
    ? describeDescriptors(failure)
    : isSealing(failure)
      ? KERNEL_MEMORY
      : ((name === 'ENOMEM' ? describeMappings() : null) ?? describeMemlock(byteLength, lockedBytes))
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_LIMIT',
    `Expected room for ${byteLength} bytes for a secret but received ${name} from ${syscall}: ${reached.limit}`,
    { errno: -failure.errno, syscall, hint: reached.hint },
  )
}

/** Tells who listens that a limit was met, and answers the error to throw. */
export function meetLimit(failure: Failure, byteLength: number, lockedBytes: number): SecretMemoryError {
  const { errno, syscall } = failure
  if (limitChannel().hasSubscribers) limitChannel().publish({ byteLength, errno: -errno, syscall })
  return limitError(failure, byteLength, lockedBytes)
}
