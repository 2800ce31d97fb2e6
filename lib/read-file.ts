import { closeSync, fstatSync, openSync, type PathLike, read, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { checkByteLength, type SecretOptions } from './arguments'
import { checkTextEncoding } from './decode'
import { invalidType } from './errors'
import type { Lifetime } from './lifetime'
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

export interface AsyncReadOptions extends ReadOptions {
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
  if (maxBytes !== undefined) checkByteLength(maxBytes, 'options.maxBytes')
  if (signal !== undefined && !(typeof signal === 'object' && signal !== null && 'aborted' in signal)) {
    throw invalidType('an AbortSignal', 'options.signal', signal)
  }
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
    ? Object.assign(error, { path: file.toString() })
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

/** Reads into a view, from where the descriptor stands; answers how many bytes, 0 at the end. */
type Read = (view: SecretView, offset: number, length: number) => Promise<number>

const readFrom = promisify(read)

/**
 * Rejects as soon as the signal is aborted. A read(2) of a pipe cannot be called back, but what it still reads lands in
 * memory that is wiped, and kept from reuse until the read is over.
 */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  let abort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function readAll(size: number, readSome: Read, options: AsyncReadOptions): Promise<Lifetime> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  const growing = new GrowingSecret(firstGuess(size, maxBytes), maxBytes, options)
  try {
    for (;;) {
      const room = growing.room()
      const reading = growing.fill((view, offset) => readSome(view, offset, room))
      // The loser of the race below may reject later, when nobody listens any more.
      reading.catch(() => undefined)
      if ((await unlessAborted(reading, options.signal)) === 0) return finishReading(growing, options)
    }
  } finally {
    growing.destroy()
  }
}

function readAllOfHandle(handle: FileHandle, size: number, options: AsyncReadOptions): Promise<Lifetime> {
  return readAll(size, async (view, offset, length) => (await handle.read(view, offset, length, null)).bytesRead, options)
}

export async function readFileInto(file: PathLike | FileHandle | number, options: AsyncReadOptions): Promise<Lifetime> {
  checkReadOptions(options)
  options.signal?.throwIfAborted()
  if (typeof file === 'number') {
    const { size } = fstatSync(file)
    return readAll(
      size,
      async (view, offset, length) => (await readFrom(file, view, offset, length, null)).bytesRead,
      options,
    )
  }
  if (isFileHandle(file)) return readAllOfHandle(file, (await file.stat()).size, options)
  const handle = await open(file, 'r')
  try {
    return await readAllOfHandle(handle, (await handle.stat()).size, options)
  } catch (error) {
    throw withPath(error, file)
  } finally {
    await handle.close()
  }
}
