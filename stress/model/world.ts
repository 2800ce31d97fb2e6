import {
  type Backing,
  configure,
  probe,
  type SecretBuffer,
  type SecretOptions,
  type SecretView,
  stats,
} from '../../lib/index'
import type { NativeAccess } from '../../test/native-access'
import { readStats } from './read-stats'
import { Random } from '../random'
import { type Cell, Entry } from './entry'
import { Difference, expectBytes, expectSame } from './expect'
import { noRefusals, type Refusals } from './refusals'

/** One thing that the package is asked to do, beside the model. */
export interface Step {
  name: string
  /** How often, beside the others. */
  weight: number
  run(world: World): void | Promise<void>
}

/** The longest secret that shares its page with others. */
const LONGEST_SHARED = 2032
const MOST_DEAD = 64

/** A view, and where its memory is. */
interface Dead {
  view: SecretView
  address: bigint | null
  byteLength: number
}

export interface WorldOptions {
  seed: number
  /** Secrets that are alive at a time. */
  most: number
  /** Answers whether a failure is one that was asked for: a limit, a fault. */
  refusals: Refusals
  access: NativeAccess | null
}

export class World {
  readonly random: Random
  readonly entries: Entry[] = []
  readonly refusals: Refusals
  readonly most: number
  readonly backing: Backing
  readonly sealing: boolean
  readonly sealedByPolicy: boolean
  /** Counts for the report. */
  readonly counts = { steps: 0, made: 0, refused: 0, uses: 0, collected: 0, peeked: 0, stuck: 0 }
  reservedBytes = 0
  readonly #access: NativeAccess | null
  readonly #dead: SecretView[] = []

  constructor({ seed, most, refusals, access }: WorldOptions) {
    this.random = new Random(seed)
    this.most = most
    this.refusals = refusals
    this.#access = access
    const support = probe()
    this.backing = support.backing
    this.sealing = support.sealing !== 'none'
    this.sealedByPolicy = this.sealing && this.random.once(4)
    if (this.sealedByPolicy) configure({ sealed: true })
    this.reservedBytes = stats().reservedBytes
  }

  /** Whether views see each other's writes at once: those of the JavaScript heap are copies. */
  get sharesViews(): boolean {
    return this.backing !== 'heap'
  }

  pickOpen(): Entry | null {
    return this.#pick((entry) => entry.state === 'open')
  }

  pickAny(): Entry | null {
    return this.entries.length === 0 ? null : this.random.pick(this.entries)
  }

  #pick(wanted: (entry: Entry) => boolean): Entry | null {
    // A few tries, not a list of all: this is done at each step.
    for (let i = 0; i < 8 && this.entries.length > 0; i++) {
      const entry = this.random.pick(this.entries)
      if (wanted(entry)) return entry
    }
    return null
  }

  get full(): boolean {
    return this.entries.length >= this.most
  }

  byteLength(): number {
    const dice = this.random.below(100)
    if (dice < 70) return this.random.between(1, 64)
    if (dice < 92) return this.random.between(1, LONGEST_SHARED)
    return this.random.between(1, dice < 99 ? 20_000 : 150_000)
  }

  options(): SecretOptions {
    const options: SecretOptions = {}
    if (this.random.once(12)) options.isolated = true
    if (this.random.once(20)) options.isolated = false
    if (this.sealing && this.random.once(5)) options.sealed = this.random.once(2)
    if (this.random.once(30)) options.minBacking = this.backing
    return options
  }

  /** A secret that was made: sealed as the options, what it was made of and the policy say. */
  add(secret: SecretBuffer, bytes: Uint8Array, options: SecretOptions, ofSealed = false): Entry {
    const sealed = options.sealed ?? (ofSealed || this.sealedByPolicy)
    const own = this.sharesViews && (options.isolated === true || bytes.length > LONGEST_SHARED)
    return this.addOver(secret, { bytes: Buffer.from(bytes), holders: 0 }, { sealed, own })
  }

  addOver(secret: SecretBuffer, cell: Cell, facts: { sealed: boolean; own: boolean }): Entry {
    const entry = new Entry(secret, cell, facts)
    expectSame(secret.byteLength, cell.bytes.length, 'byteLength')
    expectSame(secret.backing, this.backing, 'backing')
    expectSame(secret.sealed, facts.sealed, 'sealed')
    expectSame(secret.disposed, false, 'disposed')
    this.entries.push(entry)
    this.counts.made++
    return entry
  }

  /** Does what may be refused. Answers null where it was: then nothing has changed. */
  attempt<T>(act: () => T): { value: T } | null {
    try {
      return { value: this.refusals.attempt(act) }
    } catch (error) {
      return this.#refused(error)
    }
  }

  async attemptLater<T>(act: () => Promise<T>): Promise<{ value: T } | null> {
    try {
      return { value: await this.refusals.attemptLater(act) }
    } catch (error) {
      return this.#refused(error)
    }
  }

  #refused(error: unknown): null {
    if (!this.refusals.isExpected(error)) throw error
    this.counts.refused++
    return null
  }

  /** Ends a secret, which nothing keeps from being over; sealed memory that cannot be opened to be wiped is told. */
  attemptEnd(act: () => void): void {
    if (this.attempt(act) === null) this.counts.stuck++
  }

  remove(entry: Entry): void {
    const index = this.entries.indexOf(entry)
    if (index < 0) return
    const last = this.entries.pop()
    if (last !== undefined && last !== entry) this.entries[index] = last
  }

  /**
   * Does what may end a secret, and looks at its views if it did: detached, and wiped. Their memory is kept from others
   * meanwhile, since the views are reachable.
   */
  end(entry: Entry, act: () => void): void {
    const views = entry.views.map((view) => this.#asDead(view))
    act()
    if (entry.state === 'over') this.#look(entry, views)
  }

  async endLater(entry: Entry, act: () => Promise<void>): Promise<void> {
    const views = entry.views.map((view) => this.#asDead(view))
    await act()
    if (entry.state === 'over') this.#look(entry, views)
  }

  #asDead(view: SecretView): Dead {
    const readable = this.#access !== null && this.sharesViews && view.byteLength > 0
    return { view, address: readable ? this.#access.addressOf(view.buffer) : null, byteLength: view.byteLength }
  }

  #look(entry: Entry, views: readonly Dead[]): void {
    expectSame(entry.secret.disposed, true, 'disposed')
    for (const { view, address, byteLength } of views) {
      expectSame(view.byteLength, 0, 'the length of a view of a secret that is over')
      // Of shared pages, a refused replacement leaves what others hold.
      const othersHold = entry.cell.holders > 0 && this.refusals !== noRefusals
      if (address === null || this.#access === null || othersHold) continue
      this.counts.peeked++
      const found = this.#access.peek(address, byteLength)
      if (found.some((byte) => byte !== 0)) throw new Difference('Expected wiped memory behind a detached view')
    }
    this.#dead.push(...views.map(({ view }) => view))
    if (this.#dead.length > MOST_DEAD) this.#dead.splice(0, this.#dead.length - MOST_DEAD)
    if (entry.openUses === 0) this.remove(entry)
  }

  checkDead(): void {
    for (const view of this.#dead) expectSame(view.byteLength, 0, 'the length of a view of a secret that is over')
  }

  forgetDead(): void {
    this.#dead.length = 0
  }

  /** What of an entry can be seen without asking it. */
  checkViews(entry: Entry): void {
    for (const view of entry.views) {
      const length = entry.state === 'over' ? 0 : entry.byteLength
      expectSame(view.byteLength, length, 'the length of a view')
      if (length > 0) expectBytes(view, entry.contents, 'a view')
    }
  }

  /** The numbers of the store, at each step; all that stats() tells, which reads a file of /proc, now and then. */
  checkStats(): void {
    let secrets = 0
    let bytes = 0
    let pending = 0
    for (const entry of this.entries) {
      if (entry.state === 'over') continue
      secrets++
      bytes += entry.byteLength
      if (entry.state === 'ending') pending++
    }
    const now = this.counts.steps % 16 === 0 ? stats() : readStats()
    expectSame(now.secrets, secrets, 'stats().secrets')
    expectSame(now.bytes, bytes, 'stats().bytes')
    expectSame(now.pendingDisposals, pending, 'stats().pendingDisposals')
    expectSame(now.reservedBytes, this.reservedBytes, 'stats().reservedBytes')
    expectSame(now.collectedUndisposed, this.counts.collected, 'stats().collectedUndisposed')
    if (now.freeSlotBytes < 0 || now.quarantinedBytes < 0 || now.freeSlotBytes > now.lockedBytes) {
      throw new Difference(`Expected numbers that fit but received ${JSON.stringify(now)}`)
    }
  }
}
