// TypeScript 6 knows no Buffer unless asked to, and a project that skips the check of declarations would get `any`.
/// <reference types="node" preserve="true" />
import { constants } from 'node:os'
import { getSystemErrorMap, types } from 'node:util'
import { checkByteLength, checkOffset } from './arguments'
import { invalidType } from './errors'
import { failureOf } from './failures'
import { native, nativeError } from './native'

/** For {@link memfdSecret}: the descriptor is closed on execve(2). The FD_CLOEXEC that the man page names is EINVAL. */
export const O_CLOEXEC = 0o2000000

const mapped = new WeakSet<ArrayBuffer>()

/** As Node's own modules throw them: code, errno and syscall. */
function systemError(errno: number, syscall: string, cause?: unknown): NodeJS.ErrnoException {
  const [code, description] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error']
  const error = new Error(
    `${code}: ${description}, ${syscall}`,
    cause === undefined || cause === null ? undefined : { cause },
  )
  return Object.assign(error, { code, errno: -errno, syscall })
}

function requireNative(syscall: string): NonNullable<typeof native> {
  if (native === null) throw systemError(constants.errno.ENOSYS, syscall, nativeError)
  return native
}

function throwIfFailed<T>(answer: T | number): T {
  if (typeof answer !== 'number') return answer
  if (answer < 0) {
    const { errno, syscall } = failureOf(answer)
    throw systemError(errno, syscall)
  }
  // The runtime refuses buffers over memory outside of its heap.
  throw systemError(constants.errno.ENOTSUP, 'mmap')
}

/**
 * memfd_secret(2): a new descriptor, open until fs.closeSync; while it is, another process with the right to trace this
 * one can take it. flags: 0 or {@link O_CLOEXEC}; default O_CLOEXEC. Throws a system error: EINVAL, ENOSYS, EMFILE…
 */
export function memfdSecret(flags: number = O_CLOEXEC): number {
  const descriptor = requireNative('memfd_secret').memfdSecret(checkOffset(flags, 'flags', 0xffff_ffff))
  if (descriptor < 0) throwIfFailed<never>(descriptor as number)
  return descriptor
}

/**
 * Maps length bytes of a secret descriptor, shared and prefaulted, between guard pages; a file that has no size yet is
 * given that of length, rounded up to pages. The descriptor stays open. Throws a system error: EAGAIN or EFAULT at the
 * limit of locked memory, EINVAL for another kind of descriptor or a length past the end of the file, EBADF.
 */
export function map(fd: number, length: number): ArrayBuffer {
  checkOffset(fd, 'fd', 0x7fff_ffff)
  checkByteLength(length, 'length')
  const memory = throwIfFailed(requireNative('mmap').map(fd, length))
  mapped.add(memory)
  return memory
}

/**
 * Detaches the ArrayBuffer of {@link map} and gives its pages back at once; its range of addresses stays taken until
 * in-flight I/O is over. The contents are not wiped: another mapping of the descriptor may live. Throws a system error,
 * EINVAL, for an ArrayBuffer that is not of map(), or unmapped already.
 */
export function unmap(arrayBuffer: ArrayBuffer): void {
  if (!types.isArrayBuffer(arrayBuffer)) throw invalidType('an ArrayBuffer of map()', 'arrayBuffer', arrayBuffer)
  if (!mapped.delete(arrayBuffer)) {
    throw systemError(constants.errno.EINVAL, 'munmap')
  }
  const answer = requireNative('munmap').unmap(arrayBuffer)
  if (answer < 0) {
    mapped.add(arrayBuffer)
    throwIfFailed(answer)
  }
}
