import { stripVTControlCharacters, styleText } from 'node:util'
import type { CaseResult, Goal, Verdict } from '../model'
import { MACHINE, physicalCosts } from '../cases/physical-costs'
import { cellsOf, inUnitOf, TABLE_HEAD } from './format'

export const GOALS_HEAD = ['goal', 'measured', 'verdict'] as const

/** What stands in the way of a goal that is not met: the measured cost of each step that no design is without. */
export function costText({ verdict, costs }: Goal, results: readonly CaseResult[]): string {
  if (verdict !== 'not met' || costs.length === 0) return ''
  const rows = results.find(({ name }) => name === physicalCosts.name)?.rows ?? []
  const known = costs.flatMap((cost) => {
    const row = rows.find(({ what, candidate }) => what === cost && candidate === MACHINE)
    return row?.value ? [`${cost} ${inUnitOf(row.unit, row.value.median)}`] : []
  })
  return known.length === 0 ? 'costs: see the case physical-costs' : `costs here: ${known.join(', ')}`
}

/** In the order of the project's list, whichever case measured them. */
export function goalsOf(results: readonly CaseResult[]): Goal[] {
  return results.flatMap(({ goals }) => goals).sort((a, b) => a.item - b.item)
}

export function goalCells(goal: Goal, results: readonly CaseResult[]): string[] {
  const cost = costText(goal, results)
  return [`${goal.item}: ${goal.goal}`, cost === '' ? goal.measured : `${goal.measured}; ${cost}`, goal.verdict]
}

/** As wide as their widest cell, but for the last column, whose notes may be long. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row
      .map((cell, i) =>
        i === columns - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - stripVTControlCharacters(cell).length),
      )
      .join('  ')
      .trimEnd(),
  )
}

const COLOURS = { met: 'green', 'not met': 'red', 'not to be had': 'yellow' } as const satisfies Record<Verdict, string>

/** For a terminal. */
export function renderResult({ title, rows, error }: CaseResult): string {
  if (error !== null) return `\n${title}: failed\n${error}`
  return ['', title, ...alignColumns([TABLE_HEAD, ...rows.map(cellsOf)])].join('\n')
}

export function renderGoals(results: readonly CaseResult[], colour: boolean): string {
  const rows = goalsOf(results).map((goal) => {
    const [what = '', measured = '', verdict = ''] = goalCells(goal, results)
    return [colour ? styleText(COLOURS[goal.verdict], verdict) : verdict, what, measured]
  })
  return ['', 'Goals', ...alignColumns(rows)].join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}
