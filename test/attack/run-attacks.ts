import { join } from 'node:path'
import type { HolderName } from '../../attack/holders'
import { ROOT } from '../../attack/paths'
import type { Report, Verdict } from '../../attack/results'
import { type Finished, runProgram } from '../demo/run-demo'

export const SUITE = join(ROOT, 'out', 'attack', 'main.js')

/** `launcher`: a program and its arguments that start the suite. */
export function runAttacks(args: readonly string[], launcher: readonly string[] = []): Promise<Finished> {
  const [program = '', ...rest] = [...launcher, process.execPath, SUITE, ...args]
  return runProgram(program, rest)
}

export function reportsOf({ stdout }: Finished): Report[] {
  return (JSON.parse(stdout) as { reports: Report[] }).reports
}

export function verdictsOf({ rows }: Report, name: string): Record<HolderName, Verdict> | null {
  const row = rows.find((candidate) => candidate.name === name)
  if (row === undefined) return null
  const verdicts = Object.entries(row.cells).map(([holder, { verdict }]) => [holder, verdict])
  return Object.fromEntries(verdicts) as Record<HolderName, Verdict>
}
