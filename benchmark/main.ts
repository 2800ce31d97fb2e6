// npm run bench: see options.ts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packageRoot } from '../lib/addon-file'
import { CASES } from './cases/index'
import type { Case, CaseResult, Effort } from './model'
import { effortOf, HELP, type Options, readOptions, UsageError } from './options'
import { writeDocs } from './report/docs'
import { describeMachine, machineText } from './report/machine'
import { ProgressLine } from './report/progress'
import { renderGoals, renderResult } from './report/tables'

async function measure({ name, title, run }: Case, effort: Effort, progress: ProgressLine): Promise<CaseResult> {
  try {
    return { name, title, error: null, ...(await run(effort, (what) => progress.step(what))) }
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { name, title, error: said, rows: [], goals: [], charts: [] }
  }
}

async function bench(options: Options): Promise<number> {
  const machine = describeMachine()
  console.log(machineText(machine))
  if (options.quick) console.log('A check (--quick): the figures mean nothing')
  const chosen = CASES.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
  const progress = new ProgressLine()
  const results: CaseResult[] = []
  for (const [index, each] of chosen.entries()) {
    progress.begin(index + 1, chosen.length, each.title)
    const result = await measure(each, effortOf(options), progress)
    progress.end()
    console.log(renderResult(result))
    results.push(result)
  }
  console.log(renderGoals(results, process.stdout.isTTY === true))
  const file = resolve(options.json)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ machine, quick: options.quick, cases: results }, null, 2)}\n`)
  console.error(`\nAll figures: ${file}`)
  if (results.some(({ error }) => error !== null)) return 1
  if (options.docs) for (const written of await writeDocs(results, machine)) console.error(`Written: ${written}`)
  return 0
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv, join(packageRoot(), 'build', 'bench.json'))
  if (options.help) process.stdout.write(HELP)
  else if (options.list) for (const { name, title } of CASES) console.log(`${name.padEnd(16)} ${title}`)
  else return bench(options)
  return 0
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${HELP}`)
    else console.error(error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
