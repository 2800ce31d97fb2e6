import { SecretBuffer, SecretMemoryError } from '../../lib/index'
import { type Injector, loadInjector } from '../faults/injector'
import { Random } from '../random'
import { Difference } from './expect'
import type { Refusals } from './refusals'

/** Now and then, one of the system calls of what is attempted fails. */
export class FaultRefusals implements Refusals {
  readonly #injector: Injector
  readonly #random = new Random(1)
  #armed = false
  faults = 0
  readonly mayKeep = true

  constructor() {
    // Loads the addon.
    SecretBuffer.alloc(1).dispose()
    this.#injector = loadInjector()
  }

  attempt<T>(act: () => T): T {
    this.#arm()
    try {
      return act()
    } finally {
      this.#disarm()
    }
  }

  async attemptLater<T>(act: () => Promise<T>): Promise<T> {
    this.#arm()
    try {
      return await act()
    } finally {
      this.#disarm()
    }
  }

  calm(): void {
    this.#disarm()
  }

  #arm(): void {
    if (this.#armed || !this.#random.once(3)) return
    this.#armed = true
    this.#injector.arm(this.#random.between(1, 14), this.#random.below(3), this.#random.once(4))
  }

  #disarm(): void {
    if (!this.#armed) return
    this.#armed = false
    if (this.#injector.disarm().hit) this.faults++
    const unwiped = this.#injector.settle()
    if (unwiped > 0) throw new Difference(`Expected wiped pages but ${unwiped} mappings were given back as they were`)
  }

  isExpected(error: unknown): boolean {
    if (!(error instanceof Error)) return false
    const { code = '', syscall } = error as NodeJS.ErrnoException
    // What is wrong with a descriptor, and that a peer went away, are told without the call.
    if (code === 'ERR_MEMFD_SECRET_BAD_HANDLE' || code === 'ERR_MEMFD_SECRET_PEER') return true
    return syscall !== undefined && (!(error instanceof SecretMemoryError) || REFUSALS.has(code))
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['ERR_MEMFD_SECRET_LIMIT', 'ERR_MEMFD_SECRET_UNAVAILABLE'])
