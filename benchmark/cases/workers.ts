import { atLeast, beside } from '../goals'
import { startWorker, type Host, type Player } from '../measuring/player'
import type { Case, Effort, Findings, Progress, Row } from '../model'
import { times } from '../report/format'
import { type Spread, spreadOf } from '../statistics'
import type { Spec } from '../tasks/index'

const WHAT = 'two workers at once, times the work of one'
const OURS = 'life of 32 bytes, memfd-secret'
/** Of V8's heap alone: the collectors of one worker run on the other's processor, whoever fills the heaps. */
const PLAIN = 'life of 32 bytes, Buffer.alloc'
/** What two processors give to work that shares nothing at all. */
const APART = 'HMAC-SHA256 of 16 KiB'

const CANDIDATES: readonly { label: string; spec: Spec }[] = [
  { label: OURS, spec: { module: 'life', task: 'secret', args: { bytes: 32 } } },
  { label: 'life of 32 bytes, sodium-native', spec: { module: 'life', task: 'sodium', args: { bytes: 32 } } },
  { label: PLAIN, spec: { module: 'life', task: 'alloc', args: { bytes: 32 } } },
  { label: APART, spec: { module: 'view-speed', task: 'plain', args: { work: 'HMAC-SHA256 of 16 KiB' } } },
]

/** How many times the work of one worker alone two do at once, turn by turn. */
async function scaling(first: Player, second: Player, effort: Effort): Promise<Spread> {
  const milliseconds = effort.sliceMilliseconds
  await Promise.all([first.slice(effort.warmUpMilliseconds), second.slice(effort.warmUpMilliseconds)])
  const ratios: number[] = []
  for (let turn = 0; turn < effort.turns; turn++) {
    const alone = [await first.slice(milliseconds), await second.slice(milliseconds)]
    const together = await Promise.all([first.slice(milliseconds), second.slice(milliseconds)])
    const rate = (slices: readonly { wall: number }[]): number => slices.reduce((sum, { wall }) => sum + 1 / wall, 0)
    // Two that work one after the other do as much a second as one alone.
    ratios.push(rate(together) / (rate(alone) / 2))
  }
  return spreadOf(ratios)
}

async function rowOf(label: string, spec: Spec, effort: Effort): Promise<Row> {
  const hosts: Host[] = []
  try {
    for (let i = 0; i < 2; i++) hosts.push(await startWorker([spec]))
    const [first, second] = hosts.flatMap(({ players }) => players)
    if (first === undefined || second === undefined) throw new Error('Expected two workers')
    const value = first.unavailable === null ? await scaling(first, second, effort) : null
    return { what: WHAT, candidate: label, unit: 'times', value, processor: null, ratio: null, note: first.unavailable }
  } finally {
    for (const host of hosts) host.close()
  }
}

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const rows: Row[] = []
  for (const { label, spec } of CANDIDATES) {
    progress(label)
    rows.push(await rowOf(label, spec, effort))
  }
  const valueOf = (label: string): Spread | null => rows.find(({ candidate }) => candidate === label)?.value ?? null
  const own = valueOf(OURS)
  const plain = valueOf(PLAIN)
  const apart = valueOf(APART)
  const goal = atLeast({ item: 6, goal: 'two workers do at least 1.8 times the work of one' }, 1.8, own)
  return {
    rows,
    goals: [plain && apart ? beside(goal, `Buffers ${times(plain.median)}, hashing ${times(apart.median)}`) : goal],
    charts: [],
  }
}

export const workers: Case = { name: 'workers', title: 'Two workers at once', run }
