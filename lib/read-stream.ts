import { once } from 'node:events'
import { ReadStream } from 'node:fs'
import type { Socket } from 'node:net'
import { types } from 'node:util'
import { asBytes } from './arguments'
import { invalidType } from './errors'
import { finishReading, GrowingSecret } from './growing-secret'
import { net } from './lazy-builtins'
import type { Lifetime } from './lifetime'
import { native } from './native'
import { type AsyncReadOptions, checkReadOptions, DEFAULT_MAX_BYTES, readFileInto } from './read-file'
import { unlessAborted } from './wait'

function iteratorOf(source: unknown): AsyncIterator<unknown> {
  const make = (source as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator]
  if (typeof make !== 'function') throw invalidType('an async iterable of Uint8Arrays', 'source', source)
  return make.call(source)
}

/**
 * A chunk's memory is its own where it is all of an ArrayBuffer. Of a part of one, as Node's pool or a parser cuts them,
 * nobody says who else reads it.
 */
function wipeOwn(bytes: Uint8Array, store: Lifetime['store']): void {
  const owned = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
  if (owned && !types.isSharedArrayBuffer(bytes.buffer)) store.wipe(bytes)
}

/** Lets the source go. Not waited for: a generator that waits for its own source would not answer. */
function close(source: unknown, iterator: AsyncIterator<unknown>): void {
  iterator.return?.()?.then(undefined, () => undefined)
  // A Node stream's iterator that waits for a chunk does not return before it comes.
  const { destroy } = source as { destroy?: unknown }
  if (typeof destroy === 'function') destroy.call(source)
}

/**
 * A stream of a whole file of which nothing was read, process.stdin of a file included: its descriptor is read instead,
 * since the stream reads into buffers of its own, which it copies from and drops as they are.
 */
function asUnreadFile(source: unknown): ReadStream | null {
  if (!(source instanceof ReadStream) || source.destroyed) return null
  const { start, end } = source as { start?: number; end?: number }
  const whole = start === undefined && (end === undefined || end === Infinity)
  const unread = source.bytesRead === 0 && source.readableFlowing === null && source.readableEncoding === null
  return whole && unread ? source : null
}

/** What Node keeps of a socket, as far as it is used here. */
interface SocketHandle {
  fd?: number
  readStop?: () => unknown
}

/**
 * A socket of which nothing was read, process.stdin of a pipe included: Node would read into a buffer of 64 KiB, copy the
 * chunk out of it and free it as it is. Not one that is decrypted, nor one whose other direction goes on after the end.
 */
function asUnreadSocket(source: unknown): Socket | null {
  if (native === null || !(source instanceof net().Socket) || source.destroyed || 'encrypted' in source) return null
  const unread = source.bytesRead === 0 && source.readableLength === 0 && !source.readableEnded
  const idle = source.readableFlowing !== true && source.readableEncoding === null
  return unread && idle && !source.allowHalfOpen ? source : null
}

/** Its descriptor, once connected, with Node's own reading stopped before it has begun. */
async function descriptorOf(socket: Socket, signal: AbortSignal | undefined): Promise<number | null> {
  // A paused socket does not begin to read when it is connected.
  socket.pause()
  if (socket.connecting) await unlessAborted(once(socket, 'connect'), signal)
  const { _handle: handle } = socket as unknown as { _handle?: SocketHandle | null }
  handle?.readStop?.()
  return typeof handle?.fd === 'number' && handle.fd >= 0 && socket.bytesRead === 0 ? handle.fd : null
}

async function readUnreadFile(stream: ReadStream, options: AsyncReadOptions): Promise<Lifetime> {
  const { signal } = options
  try {
    const { fd } = stream as unknown as { fd: number | null }
    const [opened] = fd === null ? ((await unlessAborted(once(stream, 'open'), signal)) as [number]) : [fd]
    return await readFileInto(opened, options)
  } finally {
    stream.destroy()
  }
}

/** Reads chunk by chunk, each wiped as soon as it is copied, also those that are too much or come too late. */
export async function readStreamInto(source: unknown, options: AsyncReadOptions): Promise<Lifetime> {
  checkReadOptions(options)
  options.signal?.throwIfAborted()
  const file = asUnreadFile(source)
  if (file !== null) return readUnreadFile(file, options)
  const socket = asUnreadSocket(source)
  if (socket !== null) return readUnreadSocket(socket, options)
  return readChunks(source, options)
}

async function readUnreadSocket(socket: Socket, options: AsyncReadOptions): Promise<Lifetime> {
  try {
    const descriptor = await descriptorOf(socket, options.signal)
    if (descriptor !== null) {
      const lifetime = await readFileInto(descriptor, options)
      socket.destroy()
      return lifetime
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
  return readChunks(socket, options)
}

async function readChunks(source: unknown, options: AsyncReadOptions): Promise<Lifetime> {
  const { signal } = options
  const iterator = iteratorOf(source)
  const growing = new GrowingSecret(1, options.maxBytes ?? DEFAULT_MAX_BYTES, options)
  const { store } = growing.memory
  let ended = false
  try {
    for (;;) {
      const next = iterator.next()
      const result = await unlessAborted(next, signal).catch((error: unknown) => {
        next.then(({ value }) => wipeLate(value, store)).catch(() => undefined)
        throw error
      })
      ended = result.done === true
      if (ended) return finishReading(growing, options)
      take(result.value, growing)
    }
  } finally {
    growing.destroy()
    if (!ended) close(source, iterator)
  }
}

function wipeLate(value: unknown, store: Lifetime['store']): void {
  if (types.isUint8Array(value)) wipeOwn(value, store)
}

function take(chunk: unknown, growing: GrowingSecret): void {
  const bytes = types.isUint8Array(chunk) ? asBytes(chunk, 'a chunk of source') : null
  if (bytes === null) throw invalidType('a Uint8Array', 'a chunk of source', chunk)
  try {
    growing.append(bytes)
  } finally {
    wipeOwn(bytes, growing.memory.store)
  }
}
