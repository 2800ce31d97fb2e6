import { SecretBuffer } from '../../lib/index'
import type { NativeAccess } from '../../test/native-access'

/** arena::kCanarySize, and what secrets are aligned to. */
const UNIT = 16
export const PAGE = 4096
/** The longest secret that shares its page with others. */
export const LONGEST_SHARED = 2032
/** SIGSEGV, and SEGV_ACCERR: the page is there, and may not be touched. */
export const SEGV = 11
export const ACCESS_FORBIDDEN = 2

/** A secret of pages of its own: a guard page below, perhaps some bytes, a canary, the secret, its canary, a guard page. */
export interface Isolated {
  secret: SecretBuffer
  address: bigint
  /** The first byte of the guard page above. */
  above: bigint
  /** The last byte of the guard page below. */
  below: bigint
}

export function makeIsolated(access: NativeAccess, byteLength: number): Isolated {
  const secret = SecretBuffer.alloc(byteLength, { isolated: true, sealed: false })
  const address = access.addressOf(secret.bytes.buffer)
  const aligned = Math.ceil(byteLength / UNIT) * UNIT
  const mapped = Math.ceil(aligned / PAGE) * PAGE
  const above = address + BigInt(aligned)
  return { secret, address, above, below: above - BigInt(mapped) - 1n }
}

/** Bytes that a canary fills: behind the secret, and before it where there is room. */
export function canariesOf(byteLength: number, isolated: boolean): { behind: number; before: number } {
  if (!isolated) return { behind: UNIT, before: 0 }
  const aligned = Math.ceil(byteLength / UNIT) * UNIT
  const before = aligned % PAGE === 0 ? 0 : UNIT
  return { behind: aligned - byteLength, before }
}

/** Around what a use() of a sealed secret looks at: src/arena/open_copy.h, the bytes as they were before it, and a canary. */
export function canariesOfCopy(byteLength: number, isolated: boolean): { behind: number; before: number } {
  const whole = Math.ceil(byteLength / UNIT) * UNIT + UNIT + byteLength
  return { behind: canariesOf(whole, isolated || whole > LONGEST_SHARED).behind, before: UNIT }
}
