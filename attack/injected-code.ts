import { join } from 'node:path'
import { type Evidence, impossible, type Target } from './attack'
import type { Addresses } from './attacker'
import { searchAndRemove } from './dump'
import { type Opener, writeByInjectedCode } from './gdb'

/** Lets gdb make the victim write its own pages to a file. */
export async function injectCode(
  target: Target,
  ranges: readonly Addresses[],
  opener: Opener | null = null,
): Promise<Evidence> {
  const path = join(target.folder, 'written-by-the-victim')
  const written = await writeByInjectedCode(target.victim.pid, path, ranges, opener)
  if ('reason' in written) return impossible(written.reason, written.errno)
  const refusals = written.filter(({ errno }) => errno !== null)
  const found = await searchAndRemove(path, target)
  return { ...found, tried: written.length, refused: refusals.length, refusal: refusals[0]?.errno ?? null }
}
