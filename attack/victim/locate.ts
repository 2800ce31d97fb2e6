import { readFileSync } from 'node:fs'
import type { Addresses } from '../attacker'
import type { Held } from './held'
import { loadInsideModule } from './inside'

interface Located {
  ranges: Addresses[]
  /** Of the secret's bytes, else of the mappings that it rests in. */
  exact: boolean
}

/** Bytes of a use() that is open. */
let inUse: Addresses | null = null

function addressesOf(bytes: Buffer): Addresses {
  const start = loadInsideModule().addressOf(bytes)
  return { start, end: start + BigInt(bytes.byteLength) }
}

/** Begins a use() that does not end. */
export function beginUse(held: Held): void {
  void held.use((bytes) => {
    inUse = addressesOf(bytes)
    return new Promise(() => undefined)
  })
}

function secretMappings(): Addresses[] {
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n')
  return lines
    .map((line) => /^([\da-f]+)-([\da-f]+) .* \/secretmem/.exec(line))
    .filter((match) => match !== null)
    .map(([, start, end]) => ({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }))
}

/**
 * Where the secret lies: the attacker is taken to know that. A sealed secret is not opened for it, so that it is attacked
 * as it rests.
 */
export function locate(held: Held): Located {
  if (inUse !== null) return { ranges: [inUse], exact: true }
  if (held.closed) return { ranges: secretMappings(), exact: false }
  return { ranges: [held.use(addressesOf)], exact: true }
}

/** The pages of ranges, as ranges. */
export function wholePages(ranges: readonly Addresses[]): Addresses[] {
  const page = BigInt(loadInsideModule().pageSize)
  return ranges.map(({ start, end }) => ({
    start: (start / page) * page,
    end: ((end + page - 1n) / page) * page,
  }))
}
