import t from 'tap'
import { MODEL_PARTS } from '../../stress/model/part'
import { randomSeed } from '../../stress/random'

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

// The first run builds the addon once more.
const TIMEOUT_MS = 800_000

t.test('the model, with the addon under sanitizers', { timeout: TIMEOUT_MS }, async (t) => {
  const part = MODEL_PARTS.find(({ name }) => name === 'model-sanitized')
  const seed = randomSeed()
  t.comment(`seed ${seed}`)
  const told = await part?.run({ seconds: 4, seed, progress: (text) => t.comment(text) })
  t.same(told?.failures, [])
  for (const note of told?.notes ?? []) t.comment(note)
  t.ok(told?.notes.length === 1 || (told?.figures.steps ?? 0) > 100, 'steps were made, or it is told why not')
})
