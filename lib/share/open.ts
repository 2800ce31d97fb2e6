import { closeSync } from 'node:fs'
import { checkByteLength, checkOffset, checkOptions, type SecretOptions } from '../arguments'
import { invalidType } from '../errors'
import { DEFAULT_MAX_BYTES } from '../read-file'
import { type SecretBuffer, wrapLifetime } from '../secret-buffer'
import { copyFromDescriptor } from './open-descriptor'
import { openShared, type WorkerHandle } from './to-worker'

/** A descriptor that this process was given. */
export interface DescriptorHandle {
  /** Its number here: for a child, its place in stdio. */
  fd: number
  /** As toProcess() told it: another size is ERR_MEMFD_SECRET_BAD_HANDLE. */
  byteLength?: number
  /** As toProcess() told it: another inode is ERR_MEMFD_SECRET_BAD_HANDLE. */
  ino?: string
}

/** Of {@link open}. */
export interface OpenOptions extends SecretOptions {
  /** Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE. */
  maxBytes?: number
}

const MOST_DESCRIPTORS = 0x7fff_ffff

function checkDescriptorHandle(handle: Partial<DescriptorHandle>): DescriptorHandle {
  const fd = checkOffset(handle.fd, 'handle.fd', MOST_DESCRIPTORS)
  const { byteLength, ino } = handle
  if (byteLength !== undefined) checkByteLength(byteLength, 'handle.byteLength')
  if (ino !== undefined && typeof ino !== 'string') throw invalidType('a string', 'handle.ino', ino)
  return { fd, ...(byteLength === undefined ? {} : { byteLength }), ...(ino === undefined ? {} : { ino }) }
}

function openDescriptor(handle: DescriptorHandle, maxBytes: number, options: OpenOptions): SecretBuffer {
  const lifetime = copyFromDescriptor(handle.fd, handle, maxBytes, options)
  closeSync(handle.fd)
  return wrapLifetime(lifetime)
}

/**
 * Opens what toWorker() or toProcess() gave. A WorkerHandle: the same pages, counted; the last SecretBuffer over them to
 * be disposed wipes. A descriptor, or a record with one: checked by fstat, copied into pages of this process and closed;
 * where that fails it stays open.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_BAD_HANDLE for an id that nobody holds any more, and for a descriptor that
 *   is no secret, or not of the size or the inode told; ERR_MEMFD_SECRET_TOO_LARGE; ERR_MEMFD_SECRET_LIMIT.
 */
export function open(handle: WorkerHandle | DescriptorHandle | number, options?: OpenOptions): SecretBuffer {
  const checked = checkOptions(options)
  const maxBytes =
    checked.maxBytes === undefined ? DEFAULT_MAX_BYTES : checkByteLength(checked.maxBytes, 'options.maxBytes')
  if (typeof handle === 'number') return openDescriptor(checkDescriptorHandle({ fd: handle }), maxBytes, checked)
  if (typeof handle !== 'object' || handle === null) {
    throw invalidType('a handle of toWorker() or toProcess(), or a descriptor', 'handle', handle)
  }
  if (!('id' in handle)) return openDescriptor(checkDescriptorHandle(handle), maxBytes, checked)
  const { id, byteLength } = handle
  if (typeof id !== 'bigint') throw invalidType('a bigint', 'handle.id', id)
  return wrapLifetime(openShared({ id, byteLength: checkByteLength(byteLength, 'handle.byteLength') }, checked))
}
