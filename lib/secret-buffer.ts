// TypeScript 6 knows no Buffer unless asked to, and a project that skips the check of declarations would get `any`.
/// <reference types="node" preserve="true" />
import type { KeyObject } from 'node:crypto'
import type { PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { inspect } from 'node:util'
import {
  type Bytes,
  checkByteLength,
  checkEncoding,
  checkFunction,
  checkOptions,
  type SecretOptions,
} from './arguments'
import type { Backing } from './backing'
import { copyInto, equalContents, fillWith, setContents, sliceBounds } from './contents'
import { encodeInSecret } from './encode'
import { readEnvironment } from './environment-variable'
import { invalidType } from './errors'
import { checkKeyOptions, fromKeyObject, toKeyObject } from './key-object'
import { Lifetime } from './lifetime'
import { makeFrom, makeJoined, makeRandom, makeSlice, makeTaken } from './make'
import { checkList, checkSources } from './lists'
import { type AsyncReadOptions, readFileInto, readFileIntoSync, type ReadOptions } from './read-file'
import { readStreamInto } from './read-stream'
import type { SecretView } from './view'
import { writeSecret } from './write-to'

/** How the bytes of a secret are read as a key. */
export interface KeyOptions {
  /** Default: 'private' for PEM, else 'secret'. */
  type?: 'secret' | 'private'
  /** Default: 'pem' where the bytes begin as PEM does, else 'der'. */
  format?: 'pem' | 'der'
  /** Of DER; default 'pkcs8'. */
  encoding?: 'pkcs1' | 'pkcs8' | 'sec1'
  /** Of an encrypted private key. */
  passphrase?: SecretBuffer
  /** Without the preload library OpenSSL would copy the key to the ordinary heap: refused unless this is true. */
  allowHeapCopy?: boolean
}

let wrap: (lifetime: Lifetime) => SecretBuffer
let unwrap: (value: unknown) => Lifetime | null

/** Keeps a secret alive while only its `bytes` are reachable. */
const ownerOfBytes = new WeakMap<ArrayBuffer, SecretBuffer>()
let made = 0
const identity = Symbol('memfd-secret.identity')

/**
 * Bytes in secret memory, from creation to the wipe. Shows no byte by toString, toJSON, util.inspect, structuredClone or
 * postMessage. Every method but dispose and its kin throws SecretMemoryError ERR_MEMFD_SECRET_DISPOSED once disposed.
 *
 * Making one throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT where a limit is reached (memory can be made free by
 * disposing others), and ERR_MEMFD_SECRET_UNAVAILABLE where nothing as strong as `minBacking` is to be had.
 */
export class SecretBuffer implements Disposable, AsyncDisposable {
  readonly #lifetime: Lifetime
  /** @internal Private fields are invisible to assert.deepStrictEqual: without this, two different secrets would be equal. */
  readonly [identity] = ++made

  static {
    wrap = (lifetime) => new SecretBuffer(lifetime)
    unwrap = (value) => (typeof value === 'object' && value !== null && #lifetime in value ? value.#lifetime : null)
  }

  private constructor(lifetime: unknown) {
    if (!(lifetime instanceof Lifetime)) {
      throw invalidType('SecretBuffer.alloc, from, take or another factory', 'new SecretBuffer', lifetime)
    }
    this.#lifetime = lifetime
  }

  /**
   * A secret of byteLength zeros.
   * @param byteLength 1 to 2,147,483,647.
   * @throws RangeError ERR_OUT_OF_RANGE for another number; TypeError ERR_INVALID_ARG_TYPE for no number.
   */
  static alloc(byteLength: number, options?: SecretOptions): SecretBuffer {
    return wrap(new Lifetime(checkByteLength(byteLength), checkOptions(options)))
  }

  /**
   * A secret of byteLength random bytes, from one getrandom(2) straight into it.
   * @param byteLength 1 to 2,147,483,647.
   * @throws RangeError ERR_OUT_OF_RANGE for another number; TypeError ERR_INVALID_ARG_TYPE for no number.
   */
  static random(byteLength: number, options?: SecretOptions): SecretBuffer {
    return wrap(makeRandom(checkByteLength(byteLength), checkOptions(options)))
  }

  /**
   * A copy of source, which is left as it is: prefer {@link SecretBuffer.take}.
   * @throws RangeError ERR_OUT_OF_RANGE for an empty source; TypeError ERR_INVALID_ARG_TYPE for what holds no bytes.
   */
  static from(source: Bytes | SecretBuffer, options?: SecretOptions): SecretBuffer
  /**
   * The bytes of a string, which itself stays in V8's heap. hex, base64 and base64url are strict. Default utf8.
   * @throws SecretMemoryError ERR_MEMFD_SECRET_BAD_ENCODING for malformed text; TypeError ERR_UNKNOWN_ENCODING.
   */
  static from(text: string, encoding?: BufferEncoding, options?: SecretOptions): SecretBuffer
  static from(
    source: Bytes | SecretBuffer | string,
    encoding?: BufferEncoding | SecretOptions,
    options?: SecretOptions,
  ): SecretBuffer {
    // An encoding for bytes is refused, as options that are none: they would not be decoded.
    const isText = typeof source === 'string' && typeof encoding !== 'object'
    const chosen = checkOptions(isText || encoding === undefined ? options : (encoding as SecretOptions))
    const secret = unwrap(source)
    if (secret !== null) return wrap(makeSlice(secret, 0, secret.byteLength, chosen))
    return wrap(makeFrom(source, isText ? encoding : undefined, chosen))
  }

  /**
   * Copies source (a list is joined) and zeroes it. Nothing is zeroed where the secret cannot be made.
   * @throws RangeError ERR_OUT_OF_RANGE where there are no bytes, or more than 2,147,483,647.
   */
  static take(source: Bytes | readonly Bytes[], options?: SecretOptions): SecretBuffer {
    return wrap(makeTaken(checkSources(source), checkOptions(options)))
  }

  /**
   * The secrets joined into a new one; they stay as they are.
   * @throws TypeError ERR_INVALID_ARG_TYPE for what is no list of SecretBuffers; RangeError ERR_OUT_OF_RANGE for an
   *   empty list, and for more than 2,147,483,647 bytes.
   */
  static concat(list: readonly SecretBuffer[], options?: SecretOptions): SecretBuffer {
    return wrap(makeJoined(checkList(list, lifetimeOf), checkOptions(options)))
  }

  /**
   * Reads a file straight into secret memory. A path is opened and closed; a FileHandle or descriptor is read from where
   * it stands and left open. Throws fs's own errors, ERR_MEMFD_SECRET_TOO_LARGE over maxBytes, ERR_MEMFD_SECRET_BAD_ENCODING.
   */
  static async fromFile(file: PathLike | FileHandle | number, options?: AsyncReadOptions): Promise<SecretBuffer> {
    return wrap(await readFileInto(file, checkOptions(options)))
  }

  /**
   * As {@link SecretBuffer.fromFile}, blocking. A number is a descriptor: a file, a pipe, stdin.
   * @throws What fromFile rejects with.
   */
  static fromFileSync(file: PathLike | number, options?: ReadOptions): SecretBuffer {
    return wrap(readFileIntoSync(file, checkOptions(options)))
  }

  /**
   * Reads the chunks of a stream, a fetch body included. Each is wiped once copied where it is all of its ArrayBuffer; one
   * cut from a larger buffer, as Node's pool and HTTP parsers make them, is not: prefer {@link SecretBuffer.fromFile} of a
   * descriptor. An error or an abort closes the stream.
   * @throws SecretMemoryError ERR_MEMFD_SECRET_TOO_LARGE over maxBytes; the stream's own error; the signal's reason.
   */
  static async fromStream(source: AsyncIterable<Uint8Array>, options?: AsyncReadOptions): Promise<SecretBuffer> {
    return wrap(await readStreamInto(source, checkOptions(options)))
  }

  /**
   * Takes an environment variable: its bytes are copied from the process's own environment block, then zeroed there, and
   * process.env loses it. To be called first: what read the variable before, or was started before (a Worker), has a copy.
   * Throws ENOENT where there is none, ERR_INVALID_ARG_VALUE where it is empty, ERR_MEMFD_SECRET_UNAVAILABLE in a Worker.
   */
  static fromEnv(name: string, options?: ReadOptions): SecretBuffer {
    return wrap(readEnvironment(name, checkOptions(options)))
  }

  /**
   * The bytes of a secret KeyObject, or a private one as PKCS#8 (default: pem). What Node exports on the way is wiped; the
   * KeyObject itself stays in OpenSSL's heap.
   * @throws TypeError ERR_INVALID_ARG_TYPE for another value, ERR_INVALID_ARG_VALUE for a public key.
   */
  static fromKeyObject(key: KeyObject, options?: { format?: 'pem' | 'der' } & SecretOptions): SecretBuffer {
    return wrap(fromKeyObject(key, options))
  }

  /** In bytes; stays after dispose. */
  get byteLength(): number {
    return this.#lifetime.byteLength
  }

  /** What protects this secret. */
  get backing(): Backing {
    return this.#lifetime.backing
  }

  /** Whether the secret is closed at rest. */
  get sealed(): boolean {
    // Options are asked for this name: the prototype, taken for options, must not throw.
    return unwrap(this)?.sealed === true
  }

  /** True once dispose() or destroy() was called, also while an open use() delays the wipe. Never throws. */
  get disposed(): boolean {
    return this.#lifetime.disposed
  }

  /**
   * A view that lives as long as the secret, whose length is 0 after dispose. Prefer {@link SecretBuffer.use}.
   * @throws SecretMemoryError ERR_MEMFD_SECRET_SEALED for a sealed secret, which is open inside use() alone.
   */
  get bytes(): SecretView {
    const bytes = this.#lifetime.bytes
    ownerOfBytes.set(bytes.buffer, this)
    return bytes
  }

  /**
   * Calls fn with a view that lives until fn returns, or until the promise it returns settles; then it is detached.
   * Answers what fn answers. Throws ERR_MEMFD_SECRET_VIEW_ESCAPED where that is the view, or another over its memory.
   *
   * Of a sealed secret the view is of a copy, which all uses that are open together share: made as the first begins
   * (ERR_MEMFD_SECRET_LIMIT where there is no room for it), written back where it was changed and wiped as the last ends.
   */
  use<T>(fn: (bytes: SecretView) => T): T {
    checkFunction(fn, 'fn')
    return this.#lifetime.use(fn)
  }

  /** Copies source over the bytes from offset on. RangeError ERR_OUT_OF_RANGE where it does not fit. */
  set(source: Bytes | SecretBuffer, offset = 0): void {
    setContents(this.#lifetime, unwrap(source), source, offset)
  }

  /**
   * Copies the bytes from start to end (default: all) to target; answers how many fitted, as Buffer's copy does.
   * @throws RangeError ERR_OUT_OF_RANGE for a position past the end of either.
   */
  copyTo(target: Bytes | SecretBuffer, targetStart = 0, start = 0, end = this.byteLength): number {
    return copyInto(this.#lifetime, unwrap(target), target, [targetStart, start, end])
  }

  /**
   * A copy of the bytes from start to end, itself secret; negative positions count from the end.
   * @throws RangeError ERR_OUT_OF_RANGE where that is no byte.
   */
  slice(start?: number, end?: number, options?: SecretOptions): SecretBuffer {
    const [from, to] = sliceBounds(this.byteLength, start, end)
    return wrap(makeSlice(this.#lifetime, from, to, checkOptions(options)))
  }

  /**
   * Sets each byte to value.
   * @param value 0 to 255.
   * @throws RangeError ERR_OUT_OF_RANGE for another number.
   */
  fill(value: number): void {
    fillWith(this.#lifetime, value)
  }

  /**
   * Whether the bytes are the same, told in constant time in the contents. Of another length: false.
   * @throws TypeError ERR_INVALID_ARG_TYPE for what holds no bytes, ERR_INVALID_ARG_VALUE for a detached buffer.
   */
  equals(other: SecretBuffer | Bytes): boolean {
    return equalContents(this.#lifetime, unwrap(other), other)
  }

  /**
   * The bytes as text (base64url without padding), in secret memory, encoded in constant time in the contents.
   * @throws TypeError ERR_UNKNOWN_ENCODING for another encoding.
   */
  encode(encoding: 'hex' | 'base64' | 'base64url', options?: SecretOptions): SecretBuffer {
    return wrap(encodeInSecret(this.#lifetime, encoding, checkOptions(options)))
  }

  /**
   * Writes all bytes by write(2) from the page to a pipe, socket or file, and answers how many; blocks until they are
   * written. Throws system errors: EPIPE, EBADF, ENOSPC…
   */
  writeTo(fd: number): number {
    return writeSecret(this.#lifetime, fd)
  }

  /**
   * A KeyObject, which OpenSSL keeps in its own heap: ERR_MEMFD_SECRET_HEAP_COPY where that is ordinary memory, without
   * the preload library, unless `allowHeapCopy` is true. Throws crypto's own errors for what is no key.
   */
  toKeyObject(options?: KeyOptions): KeyObject {
    checkKeyOptions(options)
    const passphrase =
      options?.passphrase === undefined ? undefined : lifetimeOf(options.passphrase, 'options.passphrase')
    return toKeyObject(this.#lifetime, { ...options, passphrase })
  }

  /**
   * The one way to a string, which V8 keeps and moves as it likes: for what takes nothing else. Default utf8.
   * @throws TypeError ERR_UNKNOWN_ENCODING.
   */
  revealString(encoding?: BufferEncoding): string {
    const checked = checkEncoding(encoding)
    return this.#lifetime.use((bytes) => bytes.toString(checked))
  }

  /**
   * Refuses new uses and detaches `bytes` at once; wipes as soon as no use is open (now, if none is). Idempotent.
   * Throws ERR_MEMFD_SECRET_CORRUPTED, wiped all the same, where native code wrote past its end.
   */
  dispose(): void {
    this.#lifetime.dispose()
  }

  /** {@link SecretBuffer.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.#lifetime.dispose()
  }

  /**
   * {@link SecretBuffer.dispose}, resolved once wiped. It rejects with what dispose() throws, also where that shows only as
   * the last open use ends, which throws it too. For `await using`.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime.disposeWhenUnused()
  }

  /**
   * Wipes and detaches now, open uses too: for shutdown. Idempotent.
   * @throws SecretMemoryError ERR_MEMFD_SECRET_CORRUPTED, wiped all the same, where native code wrote past its end.
   */
  destroy(): void {
    this.#lifetime.destroy()
  }

  /** Byte length and backing, as in `[SecretBuffer: 32 bytes, memfd_secret]`: never a byte. Never throws. */
  toString(): string {
    const { byteLength, backing, disposed } = this.#lifetime
    return `[SecretBuffer: ${byteLength} bytes, ${backing}${disposed ? ', disposed' : ''}]`
  }

  /** As toString(), for JSON.stringify. */
  toJSON(): string {
    return this.toString()
  }

  /** As toString(), for util.inspect and console.log. */
  [inspect.custom](): string {
    // On the prototype itself, which has no secret, as util.inspect of the class asks.
    return unwrap(this) === null ? '[SecretBuffer]' : this.toString()
  }
}

/** @internal The memory of a SecretBuffer of this copy of the package. */
export function lifetimeOf(value: unknown, name: string): Lifetime {
  const lifetime = unwrap(value)
  if (lifetime === null) throw invalidType('a SecretBuffer of this copy of memfd-secret', name, value)
  return lifetime
}

/** @internal */
export function wrapLifetime(lifetime: Lifetime): SecretBuffer {
  return wrap(lifetime)
}
