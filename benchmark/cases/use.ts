import { atLeast, atMost, notToBeHad } from '../goals'
import { compare } from '../measuring/compare'
import { startProcess } from '../measuring/player'
import type { Case, Effort, Findings, Goal, Progress } from '../model'
import { timeBars } from '../report/bars'
import { times } from '../report/format'
import type { Spread } from '../statistics'

const WHAT = 'a use of a live secret of 32 bytes'
const UNSEALED = 'memfd-secret use()'
const SODIUM = 'sodium-native, mprotect pair'

/** See cases/physical-costs.ts. */
const STEPS = [
  'an external ArrayBuffer, made and detached',
  'a page opened, touched and closed by a protection key',
  'a page opened, touched and closed by mprotect(2)',
]

/** How secrets are sealed here: pkey, mprotect; null where they are not. */
async function sealingHere(): Promise<string | null> {
  const host = await startProcess([{ module: 'use', task: 'sealed', args: {} }])
  host.close()
  const [player] = host.players
  return player === undefined || player.unavailable !== null ? null : (player.about.sealing ?? 'unknown')
}

function goalsOf(sealing: string | null, overUnsealed: Spread | null, sodiumOverSealed: Spread | null): Goal[] {
  const near = { item: 2, goal: 'sealed with protection keys within 1.3 times unsealed', costs: STEPS }
  const fast = {
    item: 2,
    goal: "sealed with protection keys at least twice as fast as sodium-native's mprotect pair",
    costs: STEPS,
  }
  if (sealing === 'pkey') return [atMost(near, 1.3, overUnsealed), atLeast(fast, 2, sodiumOverSealed)]
  const instead = (ratio: Spread | null): string =>
    ratio === null ? 'no protection keys here' : `no protection keys here; by ${sealing} ${times(ratio.median)}`
  return [notToBeHad(near, instead(overUnsealed)), notToBeHad(fast, instead(sodiumOverSealed))]
}

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const sealing = await sealingHere()
  const sealed = `memfd-secret use(), sealed${sealing === null ? '' : ` by ${sealing}`}`
  const candidates = [
    { label: UNSEALED, task: 'unsealed' },
    { label: sealed, task: 'sealed' },
    { label: SODIUM, task: 'sodium-pair' },
    { label: 'memfd-secret bytes, a long-lived view', task: 'long-lived-view' },
  ]
  const comparison = { module: 'use', candidates, works: [{ what: WHAT, args: {} }] } as const
  const { rows, ratio } = await compare({ ...comparison, baseline: UNSEALED }, effort, progress)
  return {
    rows,
    goals: goalsOf(sealing, ratio(WHAT, sealed, UNSEALED), ratio(WHAT, SODIUM, sealed)),
    charts: [
      {
        file: 'use',
        title: 'A use of a secret that lives on',
        subtitle: 'Opened, looked at, closed. Shorter is better; in brackets, times unsealed',
        ...timeBars(rows, WHAT, 'memfd-secret'),
      },
    ],
  }
}

export const use: Case = { name: 'use', title: 'A use of a live secret', run }
