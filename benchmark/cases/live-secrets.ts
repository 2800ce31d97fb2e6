import { atMost, beside } from '../goals'
import { compare } from '../measuring/compare'
import type { Case, Effort, Findings, Progress } from '../model'
import { timeBars } from '../report/bars'
import { times } from '../report/format'

const WHAT = 'life of 32 bytes beside live ones'
const COUNTS = [100, 10_000, 100_000]

const labelOf = (live: number): string => `memfd-secret, ${live.toLocaleString('en-US')} live`

/** sodium-native takes four mappings a secret: 100,000 are over vm.max_map_count. */
const SODIUM_COUNTS = [100, 10_000]

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const baseline = labelOf(100)
  const candidates = [
    ...COUNTS.map((live) => ({ label: labelOf(live), task: 'secret', args: { live } })),
    ...SODIUM_COUNTS.map((live) => ({
      label: `sodium-native, ${live.toLocaleString('en-US')} live`,
      task: 'sodium',
      args: { live },
    })),
  ]
  const comparison = { module: 'life', candidates, works: [{ what: WHAT, args: { bytes: 32 } }], baseline } as const
  const { rows, ratio } = await compare(comparison, effort, progress)
  const goals = COUNTS.slice(1).map((live) => {
    const goal = `with ${live.toLocaleString('en-US')} live a secret costs at most 1.5 times that with 100`
    const judged = atMost({ item: 4, goal }, 1.5, ratio(WHAT, labelOf(live), baseline))
    const processor = ratio(WHAT, labelOf(live), baseline, 'processor')
    return processor ? beside(judged, `of processor time ${times(processor.median)}`) : judged
  })
  const title = 'The life of a secret beside others that live'
  return {
    rows,
    goals,
    charts: [
      {
        file: 'live-secrets',
        title,
        subtitle: 'Shorter is better; in brackets, times that with 100 live',
        ...timeBars(rows, WHAT, 'memfd-secret'),
      },
    ],
  }
}

export const liveSecrets: Case = { name: 'live-secrets', title: 'What a secret costs beside others that live', run }
