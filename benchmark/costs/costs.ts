import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

/** physical_costs.cc */
export interface Costs {
  cross(): undefined
  externalArrayBuffer(both: 0 | 1): boolean
  getrandom(rounds: number): boolean
  getrandomLong(rounds: number): boolean
  protect(rounds: number): boolean
  protectionKey(rounds: number): boolean
  secretPage(rounds: number): boolean
  secretPages(rounds: number): boolean
  placeInPage(bytes: Uint8Array): number
}

export function loadCosts(): Costs {
  // Not a .node file: node-gyp-build takes any such for the package's own addon.
  const module = { exports: {} as Costs }
  process.dlopen(module, join(packageRoot(), 'build', 'Release', 'physical_costs.so'))
  return module.exports
}

/** As physical_costs.cc has it. */
const PAGE = 4096

/**
 * A plain Buffer whose place in its page is known. Processors copy slower to a place that lies a little behind the
 * source's in its page, whoever the memory is of.
 */
export function bufferAt(place: number, byteLength: number): Buffer {
  const room = Buffer.alloc(byteLength + PAGE)
  const start = (PAGE + place - loadCosts().placeInPage(room)) % PAGE
  return room.subarray(start, start + byteLength)
}
