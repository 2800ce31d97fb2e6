import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import type { CaseResult, Chart } from '../model'
import { renderChart } from './chart'
import { cellsOf, TABLE_HEAD } from './format'
import { type Machine, machineText } from './machine'
import { GOALS_HEAD, goalCells, goalsOf, markdownTable } from './tables'

const FOLDER = 'docs/images'

/** A page with other text between the two marks of that name. Throws where it lacks them. */
export function insertBetween(page: string, name: string, text: string): string {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`Expected ${begin} and ${end} in the page but received neither`)
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`
}

const picture = ({ file, description }: Chart, folder: string): string => `![${description}](${folder}/${file}.svg)`

function goalsTable(results: readonly CaseResult[]): string {
  return markdownTable(
    GOALS_HEAD,
    goalsOf(results).map((goal) => goalCells(goal, results)),
  )
}

function origin(machine: Machine): string {
  return `By \`npm run bench -- --docs\`: ${machineText(machine)}.`
}

/** All of it, for docs/performance.md. */
export function performanceText(results: readonly CaseResult[], machine: Machine): string {
  const cases = results.flatMap(({ title, rows, charts }) => [
    `### ${title}`,
    ...charts.map((chart) => picture(chart, 'images')),
    markdownTable(TABLE_HEAD, rows.map(cellsOf)),
  ])
  return [origin(machine), '### Goals', goalsTable(results), ...cases].join('\n\n')
}

/** The pictures of these names and the goals, for README.md. */
export function readmeText(results: readonly CaseResult[], machine: Machine, pictures: readonly string[]): string {
  const charts = results.flatMap((result) => result.charts).filter(({ file }) => pictures.includes(file))
  return [...charts.map((chart) => picture(chart, FOLDER)), goalsTable(results), origin(machine)].join('\n\n')
}

async function rewrite(file: string, name: string, text: string): Promise<void> {
  const path = join(packageRoot(), file)
  const { format, resolveConfig } = await import('prettier')
  const page = insertBetween(readFileSync(path, 'utf8'), name, text)
  writeFileSync(path, await format(page, { ...(await resolveConfig(path)), parser: 'markdown' }))
}

/** Answers the files that it wrote. */
export async function writeDocs(results: readonly CaseResult[], machine: Machine): Promise<string[]> {
  await rewrite('docs/performance.md', 'performance', performanceText(results, machine))
  await rewrite('README.md', 'performance', readmeText(results, machine, ['life', 'capacity']))
  mkdirSync(join(packageRoot(), FOLDER), { recursive: true })
  const written = ['docs/performance.md', 'README.md']
  for (const chart of results.flatMap(({ charts }) => charts)) {
    const file = `${FOLDER}/${chart.file}.svg`
    writeFileSync(join(packageRoot(), file), await renderChart(chart))
    written.push(file)
  }
  return written
}
