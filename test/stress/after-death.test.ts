import t from 'tap'
import { runAfterDeath } from '../../stress/after-death/index'
import { lacks } from '../demo/run-demo'

// A core file takes as long as the disk does.
const TIMEOUT_MS = 600_000
const missing = lacks(process.getuid?.() ?? -1)

void t.test(
  'what is left of a process that held secrets',
  { skip: missing !== null && `lacks ${missing}`, timeout: TIMEOUT_MS },
  async (t) => {
    const figures = await runAfterDeath({
      seconds: 0,
      seed: 1,
      ways: ['kill -9', 'uncaught exception', 'SIGSEGV'],
      log: (line) => t.comment(line),
    })
    t.same(figures.failures, [])
    t.equal(figures.rounds + figures.skipped.length, 3)
    for (const skipped of figures.skipped) t.comment(skipped)
  },
)
