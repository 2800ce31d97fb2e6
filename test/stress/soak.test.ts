import t from 'tap'
import { runSoak } from '../../stress/soak/index'
import { randomSeed } from '../../stress/random'
import { lacks } from '../demo/run-demo'

// The audit of a process that is slow to get a processor.
const TIMEOUT_MS = 600_000
const missing = lacks(0)

void t.test(
  'an HTTPS service under load',
  { skip: missing !== null && `lacks ${missing}`, timeout: TIMEOUT_MS },
  async (t) => {
    const seed = randomSeed()
    t.comment(`seed ${seed}`)
    const figures = await runSoak({ seconds: 4, seed, log: (line) => t.comment(line) })
    t.same(figures.failures, [])
    t.ok(figures.rounds > 0 && figures.connections > 0 && figures.aborted > 0)
    t.ok(figures.lockedMemory.lockedBytes.first > 0)
  },
)
