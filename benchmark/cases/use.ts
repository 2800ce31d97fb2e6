import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { atLeast, atMost, notToBeHad } from '../goals'
import { type Candidate, compare } from '../measuring/compare'
import { startProcess } from '../measuring/player'
import type { Case, Effort, Findings, Goal, Progress } from '../model'
import { timeBars } from '../report/bars'
import { times } from '../report/format'
import type { Spread } from '../statistics'

const WHAT = 'a use of a live secret of 32 bytes'
const UNSEALED = 'memfd-secret use()'
const STAND_IN = 'memfd-secret use(), sealed, a wait for the key'
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

/**
 * Where the processor has no protection keys: the same addon, but that each write of the keys' register is a wait, several
 * times as long as the write. An estimate, and no verdict.
 */
function standIn(): Candidate {
  const script = join(packageRoot(), 'scripts', 'stand-in-addon.mjs')
  const folder = execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()
  return { label: STAND_IN, task: 'sealed', env: { MEMFD_SECRET_PREBUILD: folder } }
}

interface Ratios {
  sealed: Spread | null
  standIn: Spread | null
}

/** What was measured instead of protection keys. */
function instead(sealing: string | null, { sealed, standIn: waited }: Ratios): string {
  const texts = ['no protection keys here']
  if (waited !== null) texts.push(`with a wait of 260 cycles for each write of their register ${times(waited.median)}`)
  if (sealed !== null) texts.push(`by ${sealing} ${times(sealed.median)}`)
  return texts.join('; ')
}

function goalsOf(sealing: string | null, overUnsealed: Ratios, sodiumOver: Ratios): Goal[] {
  const near = { item: 2, goal: 'sealed with protection keys within 1.3 times unsealed', costs: STEPS }
  const fast = {
    item: 2,
    goal: "sealed with protection keys at least twice as fast as sodium-native's mprotect pair",
    costs: STEPS,
  }
  if (sealing === 'pkey') return [atMost(near, 1.3, overUnsealed.sealed), atLeast(fast, 2, sodiumOver.sealed)]
  return [notToBeHad(near, instead(sealing, overUnsealed)), notToBeHad(fast, instead(sealing, sodiumOver))]
}

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const sealing = await sealingHere()
  const sealed = `memfd-secret use(), sealed${sealing === null ? '' : ` by ${sealing}`}`
  const candidates = [
    { label: UNSEALED, task: 'unsealed' },
    { label: sealed, task: 'sealed' },
    // The wait counts cycles as x64 does.
    ...(sealing === 'mprotect' && process.arch === 'x64' ? [standIn()] : []),
    { label: SODIUM, task: 'sodium-pair' },
    { label: 'memfd-secret bytes, a long-lived view', task: 'long-lived-view' },
  ]
  const comparison = { module: 'use', candidates, works: [{ what: WHAT, args: {} }] } as const
  const { rows, ratio } = await compare({ ...comparison, baseline: UNSEALED }, effort, progress)
  return {
    rows,
    goals: goalsOf(
      sealing,
      { sealed: ratio(WHAT, sealed, UNSEALED), standIn: ratio(WHAT, STAND_IN, UNSEALED) },
      { sealed: ratio(WHAT, SODIUM, sealed), standIn: ratio(WHAT, SODIUM, STAND_IN) },
    ),
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
