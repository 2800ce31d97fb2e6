// Runs each plan of plan.ts and prints what it took: node out/test/endurance/main.js [--quick] [--json] [--docs]
// --docs writes the table into docs/limits.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PLANS, QUICK_PLANS, type Result } from './plan'
import { runPlan } from './run-plan'

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, docs: { type: 'boolean' } },
})

function printRow(cells: readonly string[]): void {
  const widths = [24, 12, 10, 18, 16]
  const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)))
  process.stdout.write(`${padded.join('')}\n`)
}

function printResult({ name, rounds, seconds, peakLockedBytes, grownBytes, limit }: Result): void {
  const number = (value: number): string => value.toLocaleString('en-US')
  printRow([name, number(rounds), seconds.toFixed(1), number(peakLockedBytes), number(Math.round(grownBytes / 1024))])
  if (limit === undefined) return
  const { code, after, roundsOnceYielded } = limit
  process.stdout.write(`  ${code} at round ${number(after)}; once it yielded, ${number(roundsOnceYielded)} more\n`)
}

function limitOf({ limit }: Result): string {
  const number = (value: number): string => value.toLocaleString('en-US')
  return limit === undefined
    ? 'not met'
    : `at round ${number(limit.after)}; after a yield ${number(limit.roundsOnceYielded)} more`
}

function writeDocs(results: readonly Result[]): void {
  const page = join(__dirname, '../../../docs/limits.md')
  const rows = results.map((result) => {
    const { name, rounds, seconds, peakLockedBytes } = result
    const cells = [name, rounds.toLocaleString('en-US'), seconds.toFixed(1), peakLockedBytes.toLocaleString('en-US')]
    return `| ${[...cells, limitOf(result)].join(' | ')} |`
  })
  const table = [
    `By \`node out/test/endurance/main.js --docs\`: Node ${process.versions.node}, Linux ${release()}, ${process.arch}.`,
    '',
    '| plan | rounds | seconds | peak locked bytes | limit |',
    '| --- | --: | --: | --: | --- |',
    ...rows,
  ].join('\n')
  const marked = /(<!-- endurance:begin -->\n)[^]*(<!-- endurance:end -->)/
  writeFileSync(page, readFileSync(page, 'utf8').replace(marked, `$1\n${table}\n\n$2`))
}

async function main(): Promise<void> {
  if (!values.json) printRow(['plan', 'rounds', 'seconds', 'peak locked bytes', 'grown KiB'])
  const results: Result[] = []
  for (const plan of values.quick ? QUICK_PLANS : PLANS) {
    try {
      const result = await runPlan(plan, 600)
      results.push(result)
      if (!values.json) printResult(result)
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  if (values.docs && process.exitCode === undefined) writeDocs(results)
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
}

void main()
