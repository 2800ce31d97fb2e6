import t from 'tap'
import { type Plan, QUICK_PLANS } from './plan'
import { runPlan } from './run-plan'

const TIMEOUT_SECONDS = 120
const MIB = 1024 * 1024

const refused = (plan: Plan): boolean => plan.yieldEvery === 0

for (const plan of QUICK_PLANS.filter((candidate) => !refused(candidate))) {
  void t.test(`${plan.name}: ${plan.rounds} rounds under ${plan.limitBytes} bytes`, async (t) => {
    const result = await runPlan(plan, TIMEOUT_SECONDS)
    t.equal(result.rounds, plan.rounds)
    t.ok(result.peakLockedBytes > 0 && result.peakLockedBytes <= plan.limitBytes, `peak ${result.peakLockedBytes}`)
    // With many live, the collector's own heap takes longer to settle than these rounds.
    if (plan.live < 1000) t.ok(result.grownBytes < 32 * MIB, `grew by ${result.grownBytes} bytes`)
  })
}

for (const plan of QUICK_PLANS.filter(refused)) {
  void t.test('a loop that never yields meets the limit, and works again after a turn of the event loop', async (t) => {
    const { limit } = await runPlan(plan, TIMEOUT_SECONDS)
    t.match(limit, { code: 'ERR_MEMFD_SECRET_LIMIT' })
    t.ok(limit !== undefined && limit.after >= 25_000, 'not before 2 MiB of slots are used up')
    t.ok(limit !== undefined && limit.roundsOnceYielded >= 25_000, 'and as many again')
  })
}
