import t from 'tap'
import { runInFlight } from '../../stress/in-flight/index'
import { randomSeed } from '../../stress/random'

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

// Long enough for a child that is slow to get a processor.
const TIMEOUT_MS = 600_000

void t.test('secrets that end while jobs work on their bytes', { timeout: TIMEOUT_MS }, async (t) => {
  const seed = randomSeed()
  t.comment(`seed ${seed}`)
  const figures = await runInFlight({ seconds: 4, seed, log: (line) => t.comment(line) })
  t.same(figures.failures, [])
  t.ok(figures.rounds > 0 && figures.terminations > 0)
  // Or nothing was tested.
  t.ok(figures.inFlight > figures.rounds / 10, `${figures.inFlight} of ${figures.rounds} rounds in flight`)
})
