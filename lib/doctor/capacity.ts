import type { Support } from '../support'

/** A 32-byte secret takes a slot of 48 bytes, canary included; blocks are 4 KiB (src/arena/size_class.h). */
const BLOCK_BYTES = 4096
const SLOTS_PER_BLOCK = Math.floor(BLOCK_BYTES / 48)

/** RLIMIT_MEMLOCK holds: an at-touch kernel exempts nobody from it for secret pages. */
export function isLimited({ backing, kernel, memlock }: Support): boolean {
  if (memlock.soft === Infinity) return false
  return !memlock.capIpcLock || (backing === 'memfd_secret' && kernel.accounting === 'at-touch')
}

/** How many 32-byte secrets fit into what is left of the limit of locked memory; Infinity where none holds. */
export function secretsThatFit(support: Support): number {
  if (!isLimited(support)) return Infinity
  const left = Math.max(0, support.memlock.soft - (support.memlock.used ?? 0))
  return Math.floor(left / BLOCK_BYTES) * SLOTS_PER_BLOCK
}
