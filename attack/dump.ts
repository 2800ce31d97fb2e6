import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Evidence, impossible, type Target } from './attack'
import { evidenceOf, megabytes, searchFile } from './attacker'
import { dumpByGdb } from './gdb'

/** Searches a file that an attack made, and removes it. */
export async function searchAndRemove(path: string, { needles }: Pick<Target, 'needles'>): Promise<Evidence> {
  const found = await searchFile(path, needles)
  rmSync(path, { force: true })
  return evidenceOf(found, `${megabytes(found.bytesRead)} obtained and searched`)
}

/** Lets gdb dump the victim, `everything` or what its coredump_filter allows. */
export async function dumpAndSearch(target: Target, everything: boolean): Promise<Evidence> {
  const path = join(target.folder, 'gdb-dump')
  const failure = await dumpByGdb(target.victim.pid, path, everything)
  if (failure !== null) return impossible(failure.reason, failure.errno)
  return searchAndRemove(path, target)
}
