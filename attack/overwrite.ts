import type { Evidence, Target } from './attack'
import { attack, evidenceOf } from './attacker'

/**
 * Lets the attacker program write over the secret. What counts is what the victim then reads in it itself: bytes that were
 * written, or an error code, would say nothing of where they went.
 */
export async function overwriteBy(name: string, { victim }: Target): Promise<Evidence> {
  const before = await victim.digest()
  const found = await attack(name, String(victim.pid), [], await victim.locate())
  const detail = `${found.bytesWritten} bytes written`
  const after = await victim.digest()
  const evidence = evidenceOf(found, detail)
  if (after === before) return evidence
  const where = after === null ? 'the library finds the secret corrupted' : 'the victim reads other bytes than before'
  return { ...evidence, hits: [{ needle: 0, address: '', where, inSecret: true }], hitCount: 1 }
}
