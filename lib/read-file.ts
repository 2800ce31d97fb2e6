import { closeSync, constants, fstatSync, openSync, type PathLike, promises, read, readSync, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkByteLength, MOST_BYTES, type SecretOptions } from './arguments'
import { checkTextEncoding } from './decode'
import { invalidType } from './errors'
import type { Lifetime } from './lifetime'
import { native } from './native'
import { checkSignal, unlessAborted, untilReadable } from './wait'
import { finishReading, GrowingSecret } from './growing-secret'
import type { SecretView } from './view'

/** How text or bytes that are read become a secret. */
export interface ReadOptions extends SecretOptions {
  /** Decoded inside secret memory; malformed input is ERR_MEMFD_SECRET_BAD_ENCODING. */
  decode?: 'hex' | 'base64' | 'base64url'
  /** Drops one trailing \n or \r\n. */
  trimNewline?: boolean
  /** In bytes, before decoding. Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE, never a truncation. */
  maxBytes?: number
}

/** As {@link ReadOptions}, for what can be waited for. */
export interface AsyncReadOptions extends ReadOptions {
  /** Ends the reading with its reason; what was read until then is wiped. */
  signal?: AbortSignal
}

export const DEFAULT_MAX_BYTES = 1 << 20

/** Checked before anything is read: a mistake must not leave half a pipe consumed. */
export function checkReadOptions(options: AsyncReadOptions): void {
  const { decode, trimNewline, maxBytes, signal } = options
  if (decode !== undefined) checkTextEncoding(decode)
  if (trimNewline !== undefined && typeof trimNewline !== 'boolean') {
    throw invalidType('a boolean', 'options.trimNewline', trimNewline)
  }
  // One byte more is read, to tell the end from too much.
  if (maxBytes !== undefined) checkByteLength(maxBytes, 'options.maxBytes', MOST_BYTES - 1)
  checkSignal(signal)
}

function isFileHandle(file: unknown): file is FileHandle {
  return typeof file === 'object' && file !== null && 'fd' in file && typeof file.fd === 'number' && 'read' in file
}

/** What fstat knows of a file's size is a first guess: a pipe or /proc says 0, and a file may grow. */
const firstGuess = (size: number, maxBytes: number): number => Math.min(Math.max(size, 0) + 1, maxBytes + 1)

const isAgain = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EAGAIN'

function readAllSync(descriptor: number, options: ReadOptions): Lifetime {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  const growing = new GrowingSecret(firstGuess(fstatSync(descriptor).size, maxBytes), maxBytes, options)
  try {
    for (;;) {
      const room = growing.room()
      let got: number
      try {
        got = growing.fill((view, offset) => readSync(descriptor, view, offset, room, null))
      } catch (error) {
        // A descriptor in non-blocking mode (a terminal or pipe that another program set so): wait for it.
        if (!isAgain(error)) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
        continue
      }
      if (got === 0) return finishReading(growing, options)
    }
  } finally {
    growing.destroy()
  }
}

/** read(2) of a directory fails with EISDIR, of which fs does not say the path. */
function withPath(error: unknown, file: PathLike): unknown {
  return error instanceof Error && 'syscall' in error && !('path' in error) && !('hint' in error)
    ? Object.assign(error, { path: file instanceof URL ? fileURLToPath(file) : file.toString() })
    : error
}

export function readFileIntoSync(file: PathLike | number, options: ReadOptions): Lifetime {
  checkReadOptions(options)
  if (typeof file === 'number') return readAllSync(file, options)
  if (isFileHandle(file)) throw invalidType('a path or a descriptor', 'file', file)
  const descriptor = openSync(file, 'r')
  try {
    return readAllSync(descriptor, options)
  } catch (error) {
    throw withPath(error, file)
  } finally {
    closeSync(descriptor)
  }
}

const readFrom = promisify(read)

/** Puts some bytes where there is room; answers how many, 0 at the end. */
type ReadSome = (growing: GrowingSecret) => Promise<number>

/**
 * A file: by libuv's pool. A read(2) there cannot be called back, but what it still reads after an abort lands in memory
 * that is wiped, and kept from reuse until the read is over.
 */
function fromPool(readInto: (view: SecretView, offset: number, room: number) => Promise<number>): ReadSome {
  return (growing) => {
    const room = growing.room()
    return growing.fill((view, offset) => readInto(view, offset, room))
  }
}

/** A pipe, socket or terminal: looked at until it has bytes, then read at once. */
function whenReadable(descriptor: () => number, signal: AbortSignal | undefined): ReadSome {
  return async (growing) => {
    for (;;) {
      await untilReadable(descriptor, signal)
      const room = growing.room()
      try {
        return growing.fill((view, offset) => readSync(descriptor(), view, offset, room, null))
      } catch (error) {
        // Another reader of the same pipe was quicker.
        if (!isAgain(error)) throw error
      }
    }
  }
}

async function readAll(size: number, readSome: ReadSome, options: AsyncReadOptions): Promise<Lifetime> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  const growing = new GrowingSecret(firstGuess(size, maxBytes), maxBytes, options)
  try {
    while ((await unlessAborted(readSome(growing), options.signal)) > 0);
    return finishReading(growing, options)
  } finally {
    growing.destroy()
  }
}

/** What may have no bytes now and some later. Without the addon there is no way to ask, and the pool has to do. */
function mayBlock(stats: Stats): boolean {
  return native !== null && (stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice())
}

async function readHandle(handle: FileHandle, options: AsyncReadOptions): Promise<Lifetime> {
  const stats = await handle.stat()
  const pooled = fromPool(async (view, offset, room) => (await handle.read(view, offset, room, null)).bytesRead)
  return readAll(stats.size, mayBlock(stats) ? whenReadable(() => handle.fd, options.signal) : pooled, options)
}

async function readDescriptor(descriptor: number, options: AsyncReadOptions): Promise<Lifetime> {
  const stats = fstatSync(descriptor)
  const pooled = fromPool(
    async (view, offset, room) => (await readFrom(descriptor, view, offset, room, null)).bytesRead,
  )
  return readAll(stats.size, mayBlock(stats) ? whenReadable(() => descriptor, options.signal) : pooled, options)
}

async function openUnlessAborted(file: PathLike, signal: AbortSignal | undefined): Promise<FileHandle> {
  // O_NONBLOCK: a FIFO opens at once, and is not readable until a writer has opened it. Files ignore it.
  // Node loads its promises at the first look.
  const opening = promises.open(file, native === null ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return await unlessAborted(opening, signal)
  } catch (error) {
    opening.then((late) => late.close()).catch(() => undefined)
    throw error
  }
}

export async function readFileInto(file: PathLike | FileHandle | number, options: AsyncReadOptions): Promise<Lifetime> {
  checkReadOptions(options)
  options.signal?.throwIfAborted()
  if (typeof file === 'number') return readDescriptor(file, options)
  if (isFileHandle(file)) return readHandle(file, options)
  const handle = await openUnlessAborted(file, options.signal)
  try {
    return await readHandle(handle, options)
  } catch (error) {
    throw withPath(error, file)
  } finally {
    await handle.close()
  }
}
