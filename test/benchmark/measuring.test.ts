import t from 'tap'
import { startProcess, startWorker } from '../../benchmark/measuring/player'
import { measureSlice } from '../../benchmark/measuring/slice'
import { batchOf } from '../../benchmark/measuring/task'

t.setTimeout(870_000)

t.test('a batch is all rounds up to the yield', async (t) => {
  let rounds = 0
  let turned = false
  setImmediate(() => (turned = true))
  await batchOf({ rounds: 7, round: () => void rounds++ })()
  t.equal(rounds, 7)
  t.ok(turned, 'it yielded to the event loop')
})

t.test('a batch of rounds that wait waits for each', async (t) => {
  let open = 0
  let most = 0
  const round = async (): Promise<void> => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setImmediate(resolve))
    open--
  }
  await batchOf({ rounds: 5, waits: true, round })()
  t.equal(most, 1)
  t.equal(open, 0)
})

t.test('a slice is told for each round, not for a batch', async (t) => {
  let rounds = 0
  const rest = async (): Promise<void> => {
    rounds++
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  // tinybench is loaded by the first.
  await measureSlice({ rounds: 1, round: () => {} }, 1)
  const before = performance.now()
  const { wall } = await measureSlice({ rounds: 4, waits: true, round: rest }, 20)
  const elapsed = (performance.now() - before) * 1e6
  t.ok(rounds > 0 && rounds % 4 === 0, 'whole batches')
  // A timer of 2 ms never fires before its time, but for what is rounded.
  t.ok(wall > 1.5e6, String(wall))
  t.ok(wall * rounds <= elapsed, 'all rounds together took no longer than there was')
})

t.test('a round that throws is an error, not a figure', async (t) => {
  const round = (): void => {
    throw new Error('broken')
  }
  await t.rejects(measureSlice({ rounds: 1, round }, 1), /broken/)
})

for (const start of [startProcess, startWorker]) {
  t.test(`${start.name}: tasks are made and measured elsewhere`, async (t) => {
    const host = await start([
      { module: 'life', task: 'alloc', args: { bytes: 32 } },
      { module: 'use', task: 'sealed', args: {} },
    ])
    t.teardown(() => host.close())
    const [player, sealed] = host.players
    t.equal(player?.unavailable, null)
    const slice = await player?.slice(1)
    t.ok(slice !== undefined && slice.wall > 0 && slice.processor > 0, JSON.stringify(slice))
    // Where secrets cannot be sealed it says why; where they can, how.
    if (sealed?.unavailable === null) t.match(sealed.about.sealing, /^(?:pkey|mprotect)$/)
    else t.match(sealed?.unavailable, /seal/)
  })

  t.test(`${start.name}: a task that cannot be made is an error, not a hang`, async (t) => {
    await t.rejects(start([{ module: 'life', task: 'nonsense', args: {} }]), /Expected a task of life/)
    await t.rejects(start([{ module: 'life', task: 'alloc', args: {} }]), /Expected a number for bytes/)
  })
}

t.test('a measuring process that is gone is an error', async (t) => {
  const host = await startProcess([{ module: 'life', task: 'alloc', args: { bytes: 32 } }])
  host.close()
  // EPIPE: it is dead already, and its channel does not know yet.
  await t.rejects(async () => void (await host.players[0]?.slice(1)), /ended|closed|EPIPE/)
})
