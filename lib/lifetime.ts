import { types } from 'node:util'
import { checkByteLength } from './arguments'
import { strengthOf, type Backing } from './backing'
import { chooseStore } from './choose-store'
import { tryDetach } from './detachable'
import { noteMade, noteOver } from './collected'
import { disposed, sealedAtRest, type SecretMemoryError, viewEscaped } from './errors'
import { Answer, type Handle, type Store } from './native'
import { sealedByPolicy } from './policy'
import { anyUseRuns, enterUse, leaveUse, sweepUses } from './running-uses'
import { requireSealing } from './sealing'
import { errorOf } from './store-error'
import { makeView, reaches, type SecretView } from './view'

export interface LifetimeOptions {
  minBacking?: Backing | undefined
  sealed?: boolean | undefined
  isolated?: boolean | undefined
}

/** arena::kLongestSealed (src/arena/open_copy.h): a use takes twice the length, for the copy and for what it was. */
const MOST_SEALED = 0x3fff_fff0

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** One secret's memory: from allocation, through uses, to the wipe. Knows nothing of what the bytes mean. */
export class Lifetime {
  readonly handle: Handle
  readonly store: Store
  readonly backing: Backing
  readonly byteLength: number
  readonly sealed: boolean
  #disposed = false
  #wiped = false
  /** What is to be detached when the secret ends: open uses, and `bytes`. */
  readonly #open = new Set<ArrayBuffer>()
  #bytes: SecretView | null = null
  #waiting: ((error: SecretMemoryError | null) => void)[] = []
  readonly #noted: boolean

  /** open: makes the handle, where that is not of fresh memory. */
  constructor(
    byteLength: number,
    options: LifetimeOptions,
    open?: (store: Store, strength: number) => Handle | number,
  ) {
    if (anyUseRuns()) sweepUses()
    const { store, backing } = chooseStore(options.minBacking)
    const sealed = options.sealed ?? sealedByPolicy()
    if (sealed) {
      requireSealing(store)
      checkByteLength(byteLength, 'the byteLength of a sealed secret', MOST_SEALED)
    }
    const strength = strengthOf(backing)
    const handle = open?.(store, strength) ?? store.allocate(strength, byteLength, options.isolated === true, sealed)
    if (typeof handle === 'number') throw errorOf(handle, byteLength, store)
    this.handle = handle
    this.store = store
    this.backing = backing
    this.byteLength = byteLength
    this.sealed = sealed
    this.#noted = noteMade(this)
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

  /** Whether a view that outlives its use was given out: the memory can't move any more. */
  get viewed(): boolean {
    return this.#bytes !== null
  }

  use<T>(fn: (bytes: SecretView) => T): T {
    if (anyUseRuns()) sweepUses()
    if (this.#disposed) throw disposed()
    let result: unknown
    let ended: number = Answer.done
    let refused: number | undefined
    const running = enterUse(this)
    let clean = false
    try {
      refused = this.store.use(this.handle, (memory) => {
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
          clean = true
        }
      })
      clean = true
    } finally {
      if (clean) leaveUse(running)
    }
    if (refused !== undefined) throw errorOf(refused, this.byteLength, this.store)
    this.check(ended)
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
    this.check(ended)
    return value
  }

  /** A view that was moved by transfer() can't be compared any more: then any memory counts as an escape. */
  #escapes(value: unknown, memory: ArrayBuffer): boolean {
    if (reaches(value, memory)) return true
    return memory.byteLength === 0 && !this.#wiped && (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
  }

  #endUse(memory: ArrayBuffer): number {
    this.#open.delete(memory)
    const ended = this.store.endUse(this.handle, memory, this.#mayDetach(memory))
    // Of a sealed secret the copy is ended with the use, and an overrun of it ends the secret.
    const over = this.#disposed && this.#open.size === 0
    if (over || ended === Answer.corrupted) this.#end(ended)
    return ended
  }

  get bytes(): SecretView {
    if (anyUseRuns()) sweepUses()
    this.assertOpen()
    if (this.sealed) throw sealedAtRest()
    if (this.#bytes === null) {
      const memory = this.store.view(this.handle)
      if (typeof memory === 'number') throw errorOf(memory, this.byteLength, this.store)
      this.#bytes = makeView(memory)
    }
    return this.#bytes
  }

  dispose(): void {
    if (anyUseRuns()) sweepUses()
    if (this.#disposed) return
    this.#disposed = true
    if (this.#noted) noteOver(this)
    const answer = this.store.dispose(this.handle)
    // Wiped first where no use is open: nothing is exposed between the two.
    this.#detachBytes()
    if (answer === Answer.pending) return
    this.#end()
    this.check(answer)
  }

  destroy(): void {
    const answer = this.store.destroy(this.handle)
    this.#end(answer)
    this.check(answer)
  }

  /** Resolves once wiped, or rejects with why that failed, also where an end by another way comes first. */
  async disposeWhenUnused(): Promise<void> {
    this.dispose()
    if (this.#wiped) return
    // A callback that runs now can still be terminated, and then nothing would tell; it is over in the next turn.
    if (anyUseRuns()) setImmediate(sweepUses)
    await new Promise<void>((resolve, reject) =>
      this.#waiting.push((error) => (error === null ? resolve() : reject(error))),
    )
  }

  /** Whether the memory is wiped; where native code did it alone, this side follows. */
  endIfWiped(): boolean {
    if (this.#wiped) return true
    if (this.store.isOpen(this.handle)) return false
    // Asked again, a disposal that waits answers so.
    if (this.store.dispose(this.handle) === Answer.pending) return false
    this.#end()
    return true
  }

  /** The heap's store takes what was written through a view before it detaches it, which it does without Node-API. */
  #mayDetach(memory: ArrayBuffer): boolean {
    return this.backing === 'heap' || tryDetach(memory)
  }

  #detach(memory: ArrayBuffer): void {
    if (this.#mayDetach(memory)) this.store.detach(memory)
  }

  #detachBytes(): void {
    if (this.#bytes === null) return
    this.#detach(this.#bytes.buffer)
    // Whoever keeps the disposed secret must not keep its slot from reuse.
    this.#bytes = null
  }

  /** Once over: no view stays attached, and who waits is told what the store answered. */
  #end(answer: number = Answer.done): void {
    this.#disposed = true
    this.#wiped = true
    if (this.#noted) noteOver(this)
    this.#detachBytes()
    for (const memory of this.#open) this.#detach(memory)
    this.#open.clear()
    for (const tell of this.#waiting.splice(0)) {
      tell(answer === Answer.done ? null : errorOf(answer, this.byteLength, this.store))
    }
  }
}
