import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Evidence, impossible, type Target } from './attack'
import { searchAndRemove } from './dump'

/** Lets the victim make its part of an attack, and searches what that obtained: `loot`, or the file that it was told of. */
export async function attackFromInside(name: string, target: Target, loot?: string): Promise<Evidence> {
  const path = join(target.folder, 'loot')
  const result = await target.victim.attackFromInside(name, path)
  if (result.impossible !== null) return impossible(result.impossible.reason, result.impossible.errno)
  const { tried, refused, refusal, detail } = result
  const file = loot ?? path
  const found = existsSync(file) ? await searchAndRemove(file, target) : impossible('nothing was obtained')
  return { ...found, impossible: null, tried, refused, refusal, detail: `${detail}; ${found.detail}` }
}
