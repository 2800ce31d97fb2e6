import { compare } from '../measuring/compare'
import type { Case, Effort, Findings, Progress } from '../model'
import { physicalCosts as tasks } from '../tasks/physical-costs'

export const MACHINE = 'the machine'

/** What no design can go below: shown beside a goal that is not met. */
async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const rows = []
  for (const what of Object.keys(tasks)) {
    const candidates = [{ label: MACHINE, task: what }]
    const comparison = { module: 'physical-costs', candidates, works: [{ what, args: {} }], baseline: MACHINE } as const
    rows.push(...(await compare(comparison, effort, progress)).rows)
  }
  return { rows, goals: [], charts: [] }
}

export const physicalCosts: Case = { name: 'physical-costs', title: 'What the machine asks for each step', run }
