import { checkOffset } from './arguments'
import { chooseStore } from './choose-store'
import type { ReadOptions } from './read-file'
import { decodeInSecret } from './decode'
import { invalidValue, SecretMemoryError } from './errors'
import { filled } from './filled'
import { Lifetime, type LifetimeOptions } from './lifetime'
import { sealedByPolicy } from './policy'
import { requireSealing, unsealed } from './sealing'
import type { SecretView } from './view'

/** Secret memory that bytes of unknown number are read into. */
export class GrowingSecret {
  #memory: Lifetime
  #length = 0
  readonly #maxBytes: number
  readonly #options: LifetimeOptions

  constructor(capacity: number, maxBytes: number, options: ReadOptions) {
    const { store } = chooseStore(options.minBacking)
    if (options.sealed ?? sealedByPolicy()) requireSealing(store)
    // Open while it is read into: what it becomes is sealed.
    this.#options = unsealed(options)
    this.#memory = new Lifetime(capacity, this.#options)
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#length
  }

  get memory(): Lifetime {
    return this.#memory
  }

  /** Bytes that can be read in now; at least one. One more than maxBytes is let in, to tell the end from too much. */
  room(): number {
    if (this.#length === this.#memory.byteLength) this.#grow()
    return this.#memory.byteLength - this.#length
  }

  #grow(): void {
    const larger = new Lifetime(
      Math.min(Math.max(this.#memory.byteLength * 2, 4096), this.#maxBytes + 1),
      this.#options,
    )
    larger.check(larger.store.copyBetween(this.#memory.handle, 0, larger.handle, 0, this.#length))
    this.#memory.destroy()
    this.#memory = larger
  }

  /** Lets read put bytes at an offset of a view; answers what it answered. */
  fill(read: (view: SecretView, offset: number) => number): number
  fill(read: (view: SecretView, offset: number) => Promise<number>): Promise<number>
  fill(read: (view: SecretView, offset: number) => number | Promise<number>): number | Promise<number> {
    const got = this.#memory.use((view) => read(view, this.#length))
    return typeof got === 'number' ? this.note(got) : got.then((count) => this.note(count))
  }

  /** Copies bytes in, as far as maxBytes allows. */
  append(bytes: Uint8Array): void {
    if (bytes.byteLength > this.#maxBytes - this.#length) throw tooLarge(this.#maxBytes)
    while (this.#memory.byteLength - this.#length < bytes.byteLength) this.#grow()
    this.#memory.check(this.#memory.store.copyIn(this.#memory.handle, this.#length, bytes))
    this.#length += bytes.byteLength
  }

  /** Counts bytes that were put behind those that are there. */
  note(count: number): number {
    // A FileHandle is told by what it can do: one that is none must not pass zeros for bytes that were read.
    this.#length += checkOffset(count, 'the number of bytes read', this.#memory.byteLength - this.#length)
    if (this.#length > this.#maxBytes) throw tooLarge(this.#maxBytes)
    return count
  }

  destroy(): void {
    this.#memory.destroy()
  }
}

export function tooLarge(maxBytes: number): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_TOO_LARGE',
    `Expected at most ${maxBytes} bytes for the secret but received more`,
    { hint: 'Set maxBytes if a secret of that size is meant; nothing was cut off' },
  )
}

/** How many bytes at the end are one newline. */
export function newlineLength(memory: Lifetime, length: number): number {
  return memory.use((view) => {
    if (length === 0 || view[length - 1] !== 0x0a) return 0
    return length > 1 && view[length - 2] === 0x0d ? 2 : 1
  })
}

/** What was read, as a secret of its exact length: trimmed and decoded as asked. The reader destroys its own memory. */
export function finishReading(read: GrowingSecret, options: ReadOptions): Lifetime {
  const { memory } = read
  const length = read.length - (options.trimNewline === true ? newlineLength(memory, read.length) : 0)
  if (length === 0) throw invalidValue('at least one byte', 'the secret', 'none')
  if (options.decode !== undefined) return decodeInSecret(memory, length, options.decode, options)
  return filled(length, options, (exact) =>
    exact.check(exact.store.copyBetween(memory.handle, 0, exact.handle, 0, length)),
  )
}
