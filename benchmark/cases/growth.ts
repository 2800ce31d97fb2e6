import { countInstructions, type Counter, findCounter } from '../counting/instructions'
import { NotToBeHad } from '../measuring/task'
import { countAddonCalls, countSystemCalls } from '../counting/system-calls'
import { exactly, notToBeHad } from '../goals'
import type { Case, Effort, Findings, Goal, Progress, Row } from '../model'
import { number } from '../report/format'
import type { Spec } from '../tasks/index'
import { CANDIDATES, OURS } from './life'

const specOf = (task: string): Spec => ({ module: 'life', task, args: { bytes: 32 } })

const SECRET = specOf('secret')

function counted(what: string, candidate: string, value: number | null, note: string | null): Row {
  const had = value === null ? null : exactly(value)
  return { what, candidate, unit: 'each', value: had, processor: null, ratio: null, note }
}

const listed = (calls: ReadonlyMap<string, number>): string =>
  [...calls]
    .filter(([, count]) => count >= 0.001)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${number(count, 3)}`)
    .join(', ')

/** Answers what fn does, or why it is not to be had. */
async function orWhy<T>(fn: () => Promise<T>): Promise<T | string> {
  try {
    return await fn()
  } catch (error) {
    if (error instanceof NotToBeHad) return error.message
    throw error
  }
}

const warmUpOf = ({ quick }: Effort): number => (quick ? 2_000 : 100_000)

const CALLS = 'system calls a life'
const FAULTS = 'page faults a life'

async function callRows(effort: Effort, progress: Progress): Promise<Row[]> {
  const rows: Row[] = []
  for (const { label, task } of CANDIDATES) {
    progress(`${CALLS}: ${label}`)
    const found = await orWhy(() =>
      countSystemCalls(specOf(task), { rounds: effort.quick ? 500 : 20_000, warmUp: warmUpOf(effort) }),
    )
    if (typeof found === 'string') {
      rows.push(counted(CALLS, label, null, found), counted(FAULTS, label, null, found))
      continue
    }
    const sum = [...found.calls.values()].reduce((total, count) => total + count, 0)
    rows.push(counted(CALLS, label, sum, listed(found.calls)), counted(FAULTS, label, found.faults, null))
  }
  return [CALLS, FAULTS].flatMap((what) => rows.filter((row) => row.what === what))
}

async function instructionRows(counter: Counter | null, effort: Effort, progress: Progress): Promise<Row[]> {
  const what = 'instructions a life'
  const rows: Row[] = []
  for (const { label, task } of CANDIDATES) {
    progress(`${what}: ${label}`)
    if (counter === null || effort.quick) {
      const why = effort.quick ? 'left out by --quick' : 'neither perf stat nor valgrind counts them here'
      rows.push(counted(what, label, null, why))
      continue
    }
    const found = await orWhy(() => countInstructions(specOf(task), 5_000, counter))
    if (typeof found === 'string') rows.push(counted(what, label, null, found))
    else {
      // Valgrind may not know memfd_secret(2): what it counted then is the way by mlock(2), and is told.
      const backing = found.about.backing === undefined ? '' : `, backing ${found.about.backing}`
      rows.push(counted(what, label, found.count, `${counter.name}${backing}`))
    }
  }
  return rows
}

/** As good as none: once in more lives than the table has digits for. */
const NONE = 0.001

async function systemCallGoal(effort: Effort, progress: Progress): Promise<{ row: Row; goal: Goal }> {
  const what = 'system calls a life, made by the addon'
  const aim = { item: 1, goal: 'no system call in the steady state but one getrandom' }
  progress(what)
  const rounds = { rounds: effort.quick ? 256 : 20_000, warmUp: warmUpOf(effort) }
  const calls = await orWhy(() => countAddonCalls(SECRET, rounds, 'getrandom'))
  if (typeof calls === 'string') return { row: counted(what, OURS, null, calls), goal: notToBeHad(aim, calls) }
  const sum = [...calls.values()].reduce((total, count) => total + count, 0)
  const met = calls.get('getrandom') === 1 && sum < 1 + NONE
  const goal: Goal = { ...aim, measured: listed(calls), verdict: met ? 'met' : 'not met', costs: [] }
  return { row: counted(what, OURS, sum, `${listed(calls)}; told by their stacks`), goal }
}

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const { row, goal } = await systemCallGoal(effort, progress)
  const rows = [row, ...(await callRows(effort, progress))]
  const counter = effort.quick ? null : await findCounter()
  rows.push(...(await instructionRows(counter, effort, progress)))
  return { rows, goals: [goal], charts: [] }
}

export const growth: Case = { name: 'growth', title: 'Exact counts of a life of 32 bytes', run }
