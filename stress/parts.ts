import { runAfterDeath } from './after-death/index'
import { FAULTS_PART } from './faults/part'
import { GUARDS_PART } from './guards/part'
import { runInFlight } from './in-flight/index'
import { LEAKS_PART } from './leaks/part'
import { MODEL_PARTS } from './model/part'
import { type Context, type Outcome, type Part, Tally } from './outcome'
import { runSoak } from './soak/index'
import type { StressFigures, StressOptions } from './stress-options'

/** A part that counts rounds. notes: what its figures tell besides. */
function roundsPart<F extends StressFigures>(
  [name, title, share]: readonly [string, string, number],
  go: (options: StressOptions) => Promise<F>,
  notes: (figures: F) => readonly string[],
): Part {
  return {
    name,
    title,
    share,
    async run({ seconds, seed, progress }: Context): Promise<Omit<Outcome, 'part' | 'seconds'>> {
      const figures = await go({ seconds, seed, log: progress })
      const tally = new Tally()
      tally.count('rounds', figures.rounds)
      if (figures.rounds === 0) tally.fail('nothing was done')
      for (const failure of figures.failures) tally.fail(failure)
      for (const note of notes(figures)) tally.note(note)
      return tally
    },
  }
}

const MIB = 1024 * 1024

export const PARTS: readonly Part[] = [
  ...MODEL_PARTS,
  FAULTS_PART,
  GUARDS_PART,
  LEAKS_PART,
  roundsPart(
    ['in-flight', 'jobs of fs, crypto, zlib, brotli and net in flight on secrets that end, on two Node.js', 15],
    (options) => runInFlight({ ...options, nodes: 'newest' }),
    ({ inFlight, terminations, runtimes }) => [
      `${inFlight} jobs were in flight as their secret ended, ${terminations} workers were terminated`,
      `Node.js ${runtimes.join(', ')}`,
    ],
  ),
  roundsPart(
    ['after-death', 'what a core file and the kernel have left of a process that held secrets', 1],
    runAfterDeath,
    ({ cores, searchedBytes, skipped }) => [
      `${cores} core files and others, ${Math.round(searchedBytes / MIB)} MiB searched`,
      ...skipped.map((what) => `not run: ${what}`),
    ],
  ),
  roundsPart(
    ['soak', 'an HTTPS and signing service under load, a request a round', 5],
    runSoak,
    ({ connections, lockedMemory }) => [`${connections} connections`, `locked memory: ${JSON.stringify(lockedMemory)}`],
  ),
]
