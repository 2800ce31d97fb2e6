import { atMost, beside, notToBeHad } from '../goals'
import { compare } from '../measuring/compare'
import type { Case, Effort, Findings, Progress } from '../model'
import { number, times } from '../report/format'
import { VIEW_WORKS } from '../tasks/view-speed'

const VIEW = 'a view'
const PLAIN = 'a Buffer'
/** Against the first it shows how far two of the same kind lie apart: what this machine cannot tell. */
const CONTROL = 'another Buffer'

/** See cases/physical-costs.ts. */
const COPIES = [
  'a copy of 16 KiB between Buffers, both at the start of a page',
  'the same with the target 16 bytes into a page',
]

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const { rows, ratio } = await compare(
    {
      module: 'view-speed',
      candidates: [
        { label: VIEW, task: 'view' },
        { label: PLAIN, task: 'plain' },
        { label: CONTROL, task: 'plain' },
      ],
      works: VIEW_WORKS.map((work) => ({ what: work, args: { work } })),
      baseline: PLAIN,
      // All of the work is on one thread and waits for nothing: its processor time is all that there is to it.
      by: 'processor',
      // Where memory lies moves such figures by more than what is looked for, and so does what else a process has.
      processes: effort.quick ? 1 : 7,
      together: true,
    },
    effort.quick ? effort : { ...effort, sliceMilliseconds: 20, warmUpMilliseconds: 100 },
    progress,
  )
  const ratios = VIEW_WORKS.map((work) => ({
    work,
    view: ratio(work, VIEW, PLAIN),
    control: ratio(work, CONTROL, PLAIN),
  }))
  const worst = ratios.reduce((a, b) => ((b.view?.median ?? 0) > (a.view?.median ?? 0) ? b : a))
  const farthest = Math.max(...ratios.map(({ control }) => Math.abs((control?.median ?? Number.NaN) - 1)))
  const goal = 'work on a view within 2% of that on a plain Buffer, processor time'
  const aim = { item: 5, goal, costs: COPIES }
  const limit = 1.02
  const judged = atMost(aim, limit, worst.view, (value) => times(value, 3))
  // Where two Buffers lie further apart than that, this machine cannot tell whether a view does.
  const untold = judged.verdict === 'not met' && farthest > limit - 1
  const beyond = `${worst.work} is the farthest of ${ratios.length}; two Buffers differ by up to ${number(farthest * 100, 1)}%`
  return { rows, goals: [beside(untold ? notToBeHad(aim, judged.measured) : judged, beyond)], charts: [] }
}

export const viewSpeed: Case = { name: 'view-speed', title: 'Work on a view and on a plain Buffer', run }
