// Runs each plan of plan.ts and prints what it took: node out/test/endurance/main.js [--quick] [--json]
import { parseArgs } from 'node:util'
import { PLANS, QUICK_PLANS, type Result } from './plan'
import { runPlan } from './run-plan'

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } })

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
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
}

void main()
