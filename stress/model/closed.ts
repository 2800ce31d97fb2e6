import { secretMappings } from '../../test/sealing/secret-memory'
import { Difference } from './expect'
import { noRefusals } from './refusals'
import type { World } from './world'

/** Sealed secrets are closed at rest, by what the kernel tells of the mappings. */
export function checkClosed({ entries, backing, refusals }: World): void {
  // The fallback's pages have no name, and what a fault kept from closing is closed at its next use.
  if (backing !== 'memfd_secret' || refusals !== noRefusals) return
  let sealed = 0
  for (const entry of entries) if (entry.sealed && entry.state !== 'over') sealed += entry.byteLength
  if (sealed === 0) return
  let closed = 0
  for (const mapping of secretMappings()) if (mapping.closed) closed += mapping.length
  if (closed < sealed)
    throw new Difference(`Expected closed mappings for ${sealed} bytes of sealed secrets but received ${closed}`)
}
