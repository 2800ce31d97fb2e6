import { strengthOf, type Backing } from './backing'
import { chooseStore } from './choose-store'
import { noteMade, noteOver } from './collected'
import { limitChannel } from './diagnostics'
import { corrupted, disposed, SecretMemoryError, viewEscaped } from './errors'
import { failureOf } from './failures'
import { isLimit, limitError } from './limit-error'
import { Answer, STAT_NAMES, type Handle, type Store } from './native'
import { makeView, reaches, type SecretView } from './view'

export interface LifetimeOptions {
  minBacking?: Backing | undefined
  isolated?: boolean | undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** The error for a number that the store answered. */
function errorOf(answer: number, byteLength: number, store: Store): SecretMemoryError {
  if (answer === Answer.disposed) return disposed()
  if (answer === Answer.corrupted) return corrupted()
  if (answer >= 0) {
    return new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      'Expected a buffer over secret memory but received a refusal of the runtime',
      { hint: 'A worker that is being terminated, or exhausted memory, refuses one' },
    )
  }
  const failure = failureOf(answer)
  const { errno, syscall, name } = failure
  if (isLimit(failure)) {
    const numbers = new Float64Array(STAT_NAMES.length)
    store.readStats(numbers)
    if (limitChannel.hasSubscribers) limitChannel.publish({ byteLength, errno: -errno, syscall })
    return limitError(failure, byteLength, numbers[STAT_NAMES.indexOf('lockedBytes')] ?? 0)
  }
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected ${syscall} to work for a secret of ${byteLength} bytes but received ${name}`,
    { errno: -errno, syscall, hint: 'Run `memfd-secret doctor` for what this machine offers' },
  )
}

/** One secret's memory: from allocation, through uses, to the wipe. Knows nothing of what the bytes mean. */
export class Lifetime {
  readonly handle: Handle
  readonly store: Store
  readonly backing: Backing
  readonly byteLength: number
  #disposed = false
  /** What is to be detached when the secret ends: open uses, and `bytes`. */
  readonly #open = new Set<ArrayBuffer>()
  #bytes: SecretView | null = null
  #wiped: (() => void)[] = []

  constructor(byteLength: number, options: LifetimeOptions) {
    const { store, backing } = chooseStore(options.minBacking)
    const handle = store.allocate(strengthOf(backing), byteLength, options.isolated === true)
    if (typeof handle === 'number') throw errorOf(handle, byteLength, store)
    this.handle = handle
    this.store = store
    this.backing = backing
    this.byteLength = byteLength
    noteMade(this)
  }

  /** Also true where a use that was terminated half-way wiped the secret. */
  get disposed(): boolean {
    return this.#disposed || !this.store.isOpen(this.handle)
  }

  /** @throws SecretMemoryError where the store answered that it did not do what was asked */
  check(answer: number): void {
    if (answer !== Answer.done) throw errorOf(answer, this.byteLength, this.store)
  }

  assertOpen(): void {
    if (this.disposed) throw disposed()
  }

  use<T>(fn: (bytes: SecretView) => T): T {
    if (this.#disposed) throw disposed()
    let result: unknown
    let ended: number = Answer.done
    const refused = this.store.use(this.handle, (memory) => {
      this.#open.add(memory)
      let pending = false
      // The view is detached in here and not by native code after a return: a block that did not run tells it that V8
      // is being terminated (src/napi/use.cc).
      try {
        result = fn(makeView(memory))
        if (isThenable(result)) {
          result = this.#settle(result, memory)
          pending = true
        } else if (this.#escapes(result, memory)) {
          throw viewEscaped()
        }
      } finally {
        if (!pending) ended = this.#endUse(memory)
      }
    })
    if (refused !== undefined) throw errorOf(refused, this.byteLength, this.store)
    if (ended === Answer.corrupted) throw corrupted()
    return result as T
  }

  async #settle(promise: PromiseLike<unknown>, memory: ArrayBuffer): Promise<unknown> {
    let value: unknown
    let ended: number
    try {
      value = await promise
      if (this.#escapes(value, memory)) throw viewEscaped()
    } finally {
      ended = this.#endUse(memory)
    }
    if (ended === Answer.corrupted) throw corrupted()
    return value
  }

  /** A view that was moved by transfer() can't be compared any more: then any memory counts as an escape. */
  #escapes(value: unknown, memory: ArrayBuffer): boolean {
    if (reaches(value, memory)) return true
    return memory.byteLength === 0 && !this.#disposed && (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
  }

  #endUse(memory: ArrayBuffer): number {
    this.#open.delete(memory)
    const ended = this.store.endUse(this.handle, memory)
    if (this.#disposed && !this.store.isOpen(this.handle) && this.#open.size === 0) this.#over()
    return ended
  }

  get bytes(): SecretView {
    this.assertOpen()
    if (this.#bytes === null) {
      const memory = this.store.view(this.handle)
      if (typeof memory === 'number') throw errorOf(memory, this.byteLength, this.store)
      this.#bytes = makeView(memory)
    }
    return this.#bytes
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    const answer = this.store.dispose(this.handle)
    // Wiped first where no use is open: nothing is exposed between the two.
    this.#detachBytes()
    if (answer === Answer.pending) return
    this.#over()
    if (answer === Answer.corrupted) throw corrupted()
  }

  destroy(): void {
    this.#disposed = true
    const answer = this.store.destroy(this.handle)
    this.#detachBytes()
    for (const memory of this.#open) this.store.detach(memory)
    this.#over()
    if (answer === Answer.corrupted) throw corrupted()
  }

  /** Resolves once wiped. */
  async disposeWhenUnused(): Promise<void> {
    this.dispose()
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#wiped.push(resolve))
  }

  #detachBytes(): void {
    if (this.#bytes === null) return
    this.store.detach(this.#bytes.buffer)
  }

  #over(): void {
    noteOver(this)
    for (const resolve of this.#wiped.splice(0)) resolve()
  }
}
