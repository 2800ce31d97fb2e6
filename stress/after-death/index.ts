import { makeKnownSecret } from '../../attack/suite'
import type { StressFigures, StressOptions } from '../stress-options'
import { withCoreFiles } from './core-files'
import { dieAndSearch, type Known } from './die'
import { hardLimit } from './hard-limit'
import { FILLED_BYTES, pagesAreGivenBack } from './pages-given-back'
import { type WayName, WAYS_TO_DIE, type WayToDie } from './ways-to-die'

export interface AfterDeathFigures extends StressFigures {
  cores: number
  /** Of core files and what else was left, all searched. */
  searchedBytes: number
  /** What could not be tried here, and why. */
  skipped: string[]
}

export interface AfterDeathOptions extends StressOptions {
  ways?: readonly WayName[]
}

const ALL = Object.keys(WAYS_TO_DIE) as WayName[]

async function runWays(ways: readonly WayName[], possible: boolean, figures: AfterDeathFigures): Promise<void> {
  // New ones each time: what was found is of this victim.
  const known: Known = { secret: makeKnownSecret(), control: makeKnownSecret() }
  try {
    for (const name of ways) {
      const way: WayToDie = WAYS_TO_DIE[name]
      if (way.leavesCore && !possible) {
        figures.skipped.push(`${name}: no core file can be had: core_pattern, or the hard limit`)
        continue
      }
      const { failures, impossible, cores, bytes } = await dieAndSearch(name, way, known)
      if (impossible === null) figures.rounds++
      else figures.skipped.push(`${name}: ${impossible}`)
      figures.failures.push(...failures.map((failure) => `${name}: ${failure}`))
      figures.cores += cores
      figures.searchedBytes += bytes
    }
  } finally {
    known.secret.remove()
    known.control.remove()
  }
}

/**
 * Lets processes that hold a secret die in every way, and searches all that each leaves: core files by the kernel with
 * every coredump_filter bit set, which must hold a plain Buffer and no form of the secret, reports and heap snapshots of
 * Node's. Then sees that the pages of a killed one are free again. Each way once at least, in the order given: `seed` is
 * of no use here.
 */
export async function runAfterDeath({ seconds, log, ways = ALL }: AfterDeathOptions): Promise<AfterDeathFigures> {
  const figures: AfterDeathFigures = { rounds: 0, failures: [], cores: 0, searchedBytes: 0, skipped: [] }
  const end = performance.now() + seconds * 1000
  await withCoreFiles(async (possible) => {
    do {
      await runWays(ways, possible, figures)
      if (hardLimit('Max locked memory') < FILLED_BYTES) figures.skipped.push('pages given back: the hard limit')
      else figures.failures.push(...(await pagesAreGivenBack()))
      log(`${figures.rounds} deaths, ${figures.cores} core files, ${figures.failures.length} failures`)
    } while (performance.now() < end && figures.failures.length === 0)
  })
  figures.skipped = [...new Set(figures.skipped)]
  return figures
}
