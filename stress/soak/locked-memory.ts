import { stats } from '../../lib/index'
import { mappedSecretBytes } from '../../test/secret-mappings'
import type { LockedMemoryFigures, Thirds } from './figures'

const EVERY_MS = 250

function thirds(samples: readonly number[]): Thirds {
  const third = Math.ceil(samples.length / 3)
  return { first: Math.max(...samples.slice(0, third)), last: Math.max(...samples.slice(-third)) }
}

/** Samples how much is locked, until it is stopped. */
export class LockedMemory {
  readonly #locked: number[] = []
  readonly #taken: number[] = []
  readonly #mapped: number[] = []
  readonly #timer = setInterval(() => this.#sample(), EVERY_MS)

  #sample(): void {
    const { lockedBytes, freeSlotBytes } = stats()
    this.#locked.push(lockedBytes)
    this.#taken.push(lockedBytes - freeSlotBytes)
    this.#mapped.push(mappedSecretBytes())
  }

  stop(): LockedMemoryFigures {
    clearInterval(this.#timer)
    this.#sample()
    return {
      samples: this.#locked.length,
      lockedBytes: thirds(this.#locked),
      takenBytes: thirds(this.#taken),
      mappedBytes: thirds(this.#mapped),
    }
  }
}
