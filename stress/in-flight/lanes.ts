import { Random } from '../random'
import { kinds } from './jobs'
import { type Counts, runRound } from './rounds'

/** Rounds of one kind under way at a time: what waits for a timer or a pool then holds up no other. */
const LANES_OF_A_KIND = 8
/** Compression: each takes a thread of the pool much longer. */
const LANES_OF_SLOW_KINDS = 1
const SLOW = new Set(['deflateRaw', 'gzip', 'brotli'])

const lanesOf = (name: string): number => (SLOW.has(name) ? LANES_OF_SLOW_KINDS : LANES_OF_A_KIND)

async function runLane(name: string, random: Random, until: () => boolean, counts: Counts): Promise<void> {
  const kind = await kinds[name]?.()
  if (kind === undefined) throw new Error(`Expected one of ${Object.keys(kinds).join(', ')} but received ${name}`)
  try {
    while (!until()) {
      await runRound(kind, random, counts)
      // Finalizers run on the event loop: quarantined slots would not come back in microtasks alone.
      if (random.once(4)) await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    kind.close()
  }
}

/**
 * What a worker may be at when it is terminated: no compression. Node.js 26 aborts by itself ("close before init") where that
 * is between the making of an encoder and its first use, with plain Buffers as well.
 */
export const TERMINABLE: readonly string[] = Object.keys(kinds).filter((name) => !SLOW.has(name))

/** Runs rounds until told to stop, of all kinds or those named. Rejects with the first failure. */
export async function runLanes(
  seed: number,
  until: () => boolean,
  counts: Counts,
  wanted: readonly string[] = Object.keys(kinds),
): Promise<void> {
  const names = wanted.flatMap((name) => Array.from({ length: lanesOf(name) }, () => name))
  await Promise.all(names.map((name, index) => runLane(name, new Random(seed + index), until, counts)))
}
