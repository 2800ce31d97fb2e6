/** The attack suite that `npm run attack` runs: see HELP in options.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAsUser } from './as-user'
import type { Attack } from './attack'
import { titleOf } from './holders'
import { judge } from './judge'
import { HELP, type Attacker, type Options, parseOptions, UsageError } from './options'
import { ROOT } from './paths'
import { prepareToAttack } from './prepare'
import { wantsColour } from './report/colour'
import { insert, markOf, renderMarkdown } from './report/document'
import { renderPicture } from './report/picture'
import { renderTable } from './report/table'
import { textOf } from './report/words'
import type { Report, Row } from './results'
import { makeKnownSecret, runSuite } from './suite'
import { describeSurroundings } from './surroundings'

const PAGE = join(ROOT, 'docs', 'threat-model.md')
const PICTURE = join(ROOT, 'docs', 'images', 'attacks.svg')

function tellOf(total: number): (row: Row, index: number) => void {
  return (row, index) => {
    const outcomes = Object.values(row.cells).map((cell) => textOf(cell, row))
    process.stderr.write(`${String(index).padStart(2)} of ${total}  ${row.name}: ${outcomes.join(' | ')}\n`)
  }
}

async function runHere(attacks: readonly Attack[]): Promise<Report> {
  const known = makeKnownSecret()
  // Also where a signal ends the run, as below: the secret's file must not stay.
  process.on('exit', () => known.remove())
  const surroundings = describeSurroundings()
  process.stderr.write(`Attacking as ${surroundings.attacker.root ? 'root' : 'the same user'}\n`)
  const { rows, holders } = await runSuite(attacks, known, tellOf(attacks.length))
  known.remove()
  return { ...surroundings, holders, rows, problems: judge(rows, holders) }
}

function runAs(attacker: Attacker, attacks: readonly Attack[]): Promise<Report> {
  const dropping = attacker === 'user' && process.getuid?.() === 0
  return dropping ? runAsUser(__filename, attacks) : runHere(attacks)
}

function writeDocs(reports: readonly Report[]): void {
  let page = readFileSync(PAGE, 'utf8')
  for (const report of reports) {
    page = insert(page, markOf(report), renderMarkdown(report))
    if (report.attacker.root) writeFileSync(PICTURE, renderPicture(report))
  }
  writeFileSync(PAGE, page)
}

function list(attacks: readonly Attack[]): string {
  return attacks
    .map(({ name, title, from, leaks, control }) => {
      const seen = `seen to work on ${titleOf(control)}`
      return `${name}\n    ${title} (from ${from} of the victim)\n    leaks where ${leaks}; ${seen}\n`
    })
    .join('')
}

async function run(options: Options): Promise<number> {
  const reports: Report[] = []
  for (const attacker of options.as) reports.push(await runAs(attacker, options.attacks))
  if (options.docs) writeDocs(reports)
  const json = `${JSON.stringify({ reports }, null, 2)}\n`
  if (options.json === '-') process.stdout.write(json)
  else if (options.json !== null) writeFileSync(options.json, json)
  if (options.json !== '-') {
    const colour = wantsColour(process.stdout.isTTY, process.env)
    for (const report of reports) process.stdout.write(`\n${renderTable(report, colour)}`)
  }
  return reports.every(({ problems }) => problems.length === 0) ? 0 : 1
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help || options.list) {
    process.stdout.write(options.help ? HELP : list(options.attacks))
    return 0
  }
  if (process.platform !== 'linux') {
    throw new Error(`Expected Linux, since memfd_secret is of Linux, but received ${process.platform}`)
  }
  prepareToAttack()
  return run(options)
}

function explain(error: unknown): number {
  const usage = error instanceof UsageError
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(usage ? `${message}\n\n${HELP}` : `The attack suite failed: ${message}\n`)
  return usage ? 2 : 1
}

void main()
  .catch(explain)
  .then((exitCode) => (process.exitCode = exitCode))
