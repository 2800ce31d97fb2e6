// npm run stress
import { writeFileSync } from 'node:fs'
import { HELP, type Options, parseOptions, UsageError } from './options'
import type { Outcome, Part } from './outcome'
import { PARTS } from './parts'
import { makeReport, renderTable, writeDocs } from './report'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const tell = (text: string): void => void process.stderr.write(`${text}\n`)

async function runPart(part: Part, seconds: number, seed: number): Promise<Outcome> {
  const started = performance.now()
  const progress = (text: string): void => tell(`${part.name}: ${text}`)
  progress(`${part.title}, ${Math.round(seconds)} s`)
  const outcome = await part.run({ seconds, seed, progress }).catch((error: unknown) => ({
    figures: {},
    failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    notes: [],
  }))
  for (const failure of outcome.failures) tell(`${part.name}: FAILED: ${failure}`)
  return { part: part.name, seconds: (performance.now() - started) / 1000, ...outcome }
}

async function runAll({ parts, seconds, seed, json, docs }: Options): Promise<number> {
  tell(`seed ${seed}`)
  const shares = parts.reduce((sum, { share }) => sum + share, 0)
  const outcomes: Outcome[] = []
  for (const part of parts) {
    // An even number, since some parts halve it, and what they start takes whole milliseconds.
    const share = Math.max(2, Math.round((seconds * part.share) / shares / 2) * 2)
    outcomes.push(await runPart(part, share, seed))
  }
  const report = makeReport(seed, outcomes)
  if (json === '-') print(JSON.stringify(report, null, 2))
  else print(renderTable(report))
  if (json !== null && json !== '-') writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  if (json !== '-') for (const { part, notes } of outcomes) for (const note of notes) print(`${part}: ${note}`)
  if (docs) writeDocs(report)
  return outcomes.some(({ failures }) => failures.length > 0) ? 1 : 0
}

async function main(): Promise<number> {
  const options = await parseOptions(process.argv.slice(2), PARTS)
  if (options.show === 'help') print(HELP)
  else if (options.show === 'list') for (const { name, title } of options.parts) print(`${name}\t${title}`)
  else return runAll(options)
  return 0
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    tell(error instanceof UsageError ? `${error.message}\n\n${HELP}` : String((error as Error).stack))
    process.exit(error instanceof UsageError ? 2 : 1)
  },
)
