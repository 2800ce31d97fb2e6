import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { FIGURES, type Outcome } from './outcome'
import { ROOT } from './paths'

export interface Report {
  date: string
  kernel: string
  node: string
  seed: number
  outcomes: Outcome[]
}

export function makeReport(seed: number, outcomes: Outcome[]): Report {
  const date = new Date().toISOString().slice(0, 10)
  return { date, kernel: release(), node: process.versions.node, seed, outcomes }
}

/** Markdown, which a terminal shows as well. */
export function renderTable({ outcomes }: Report): string {
  const head = ['part', 'seconds', ...FIGURES, 'failures']
  const rows = outcomes.map(({ part, seconds, figures, failures }) => [
    part,
    seconds.toFixed(0),
    ...FIGURES.map((name) => figures[name]?.toLocaleString('en-US') ?? ''),
    `${failures.length}`,
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

const BEGIN = '<!-- stress:begin -->'
const END = '<!-- stress:end -->'

/** Puts the report between the marks of a page. */
export function insertReport(page: string, report: Report): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`Expected ${BEGIN} and ${END} in the page but received none`)
  const { date, kernel, node, seed, outcomes } = report
  const notes = outcomes.flatMap(({ part, notes: said }) => said.map((note) => `- ${part}: ${note}`))
  const where = `By \`npm run stress -- --docs\`, seed ${seed}, on ${date}: Linux ${kernel}, Node.js ${node}.`
  return `${page.slice(0, begin)}${BEGIN}\n\n${where}\n\n${renderTable(report)}\n\n${notes.join('\n')}\n\n${page.slice(end)}`
}

export function writeDocs(report: Report): void {
  const file = join(ROOT, 'docs/stress.md')
  writeFileSync(file, insertReport(readFileSync(file, 'utf8'), report))
}
