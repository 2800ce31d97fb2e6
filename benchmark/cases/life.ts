import { atLeast, beside } from '../goals'
import { compare, type Candidate } from '../measuring/compare'
import type { Bar, Case, Chart, Effort, Findings, Progress, Row } from '../model'
import { timeBars } from '../report/bars'
import { times } from '../report/format'
import type { Spread } from '../statistics'

export const OURS = 'memfd-secret'
const SODIUM = 'sodium-native'

export const CANDIDATES: readonly Candidate[] = [
  { label: OURS, task: 'secret' },
  { label: 'a memfd_secret page each', task: 'page-each' },
  { label: SODIUM, task: 'sodium' },
  { label: 'Buffer.alloc', task: 'alloc' },
  { label: 'Buffer.allocUnsafe', task: 'alloc-unsafe' },
]

const SMALL = 'life of 32 bytes'

const WORKS = [
  { what: SMALL, args: { bytes: 32 } },
  { what: 'life of 1 KiB', args: { bytes: 1024 } },
  { what: 'life of 64 KiB', args: { bytes: 64 * 1024 } },
  { what: 'life of 1 MiB', args: { bytes: 1024 * 1024 } },
  { what: 'alloc + dispose of 32 bytes', args: { bytes: 32, unused: 'yes' } },
]

/** The steps that a life of 32 bytes has in any design: see cases/physical-costs.ts. */
const STEPS = [
  'getrandom(2) of 32 bytes',
  'an external ArrayBuffer, made and detached',
  'the same with a finalizer of its object',
  'a FinalizationRegistry entry, made and taken out',
  'an empty call into C++',
]

/** How many times faster than sodium-native, by length. */
function lengthsChart(bars: readonly Bar[]): Chart {
  return {
    file: 'life-lengths',
    title: 'How many times faster than sodium-native',
    subtitle: 'By what is done; above 1 memfd-secret is faster, below 1 sodium-native',
    description: `How many times faster than sodium-native: ${bars.map(({ label, text }) => `${label} ${text}`).join(', ')}.`,
    bars,
  }
}

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const rows: Row[] = []
  const faster: Bar[] = []
  const small: { wall: Spread | null; processor: Spread | null } = { wall: null, processor: null }
  for (const work of WORKS) {
    // A process for each length: what a length leaves in the heap is not the next one's.
    const comparison = { module: 'life', candidates: CANDIDATES, works: [work], baseline: OURS } as const
    const compared = await compare(comparison, effort, progress)
    rows.push(...compared.rows)
    const ratio = compared.ratio(work.what, SODIUM, OURS)
    if (work.what === SMALL) {
      small.wall = ratio
      small.processor = compared.ratio(work.what, SODIUM, OURS, 'processor')
    }
    if (ratio) faster.push({ label: work.what, value: ratio.median, text: times(ratio.median), ours: true })
  }
  const chart: Chart = {
    file: 'life',
    title: 'The life of a secret of 32 bytes',
    subtitle: 'Made, filled with random bytes, used once, wiped. Shorter is better; in brackets, times memfd-secret',
    ...timeBars(rows, SMALL, OURS),
  }
  const goal = 'the life of 32 bytes at least 10 times faster than sodium-native'
  const judged = atLeast({ item: 1, goal, costs: STEPS }, 10, small.wall)
  return {
    rows,
    goals: [small.processor ? beside(judged, `of processor time ${times(small.processor.median)}`) : judged],
    charts: [chart, lengthsChart(faster)],
  }
}

export const life: Case = { name: 'life', title: 'The life of a secret', run }
