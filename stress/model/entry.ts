import type { SecretBuffer, SecretView } from '../../lib/index'
import type { WorkerHandle } from '../../lib/share'

/** The pages of a secret, which several SecretBuffers may be over: each holds them. */
export interface Cell {
  bytes: Buffer
  holders: number
}

/** What a use() that waits for its promise is to be told. */
export interface OpenUse {
  view: SecretView
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  /** What use() answered. */
  promise: Promise<unknown>
}

/** Of a sealed secret, while uses of it are open: what they look at, and what it was. */
interface Copy {
  before: Buffer
  now: Buffer
}

export type State = 'open' | 'ending' | 'over'

/** What a SecretBuffer should be, in plain memory. */
export class Entry {
  readonly secret: SecretBuffer
  readonly sealed: boolean
  readonly byteLength: number
  /** Of pages of its own: it need not move to be shared. */
  own: boolean
  cell: Cell
  state: State = 'open'
  shared: WorkerHandle | null = null
  readonly uses: OpenUse[] = []
  /** use() calls whose callback runs. */
  running = 0
  bytes: SecretView | null = null
  /** Whether asyncDispose() has told that it is wiped; null: not asked. */
  told: { yet: boolean } | null = null
  #copy: Copy | null = null

  constructor(secret: SecretBuffer, cell: Cell, facts: { sealed: boolean; own: boolean }) {
    this.secret = secret
    this.cell = cell
    this.sealed = facts.sealed
    this.own = facts.own
    this.byteLength = cell.bytes.length
    cell.holders++
  }

  /** What is seen of it at this moment: by its methods, and by its views. */
  get contents(): Buffer {
    return this.#copy?.now ?? this.cell.bytes
  }

  get openUses(): number {
    return this.uses.length + this.running
  }

  /** Every view that is not detached. */
  get views(): SecretView[] {
    const views = this.uses.map(({ view }) => view)
    return this.bytes === null ? views : [...views, this.bytes]
  }

  startUse(): void {
    if (this.sealed && this.#copy === null && this.state !== 'over') {
      this.#copy = { before: Buffer.from(this.cell.bytes), now: Buffer.from(this.cell.bytes) }
    }
  }

  /** After a use is taken off: the last one ends what waited for it. */
  endUse(): void {
    if (this.openUses > 0 || this.state === 'over') return
    // Where the secret is over with this use, what was written is for those who share it.
    this.#writeBack()
    if (this.state === 'ending') this.#over()
  }

  #writeBack(): void {
    const copy = this.#copy
    this.#copy = null
    if (copy === null) return
    for (let i = 0; i < copy.now.length; i++) {
      const byte = copy.now[i] ?? 0
      if (byte !== copy.before[i]) this.cell.bytes[i] = byte
    }
  }

  dispose(): void {
    if (this.state !== 'open') return
    this.bytes = null
    if (this.openUses > 0) this.state = 'ending'
    else this.#over()
  }

  destroy(): void {
    if (this.state !== 'over') this.#over()
  }

  #over(): void {
    this.state = 'over'
    this.bytes = null
    this.#copy = null
    this.cell.holders--
  }
}
