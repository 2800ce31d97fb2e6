import type { Goal, Row } from './model'
import type { Spread } from './statistics'
import { number, times } from './report/format'

export function find(rows: readonly Row[], what: string, candidate: string): Row | undefined {
  return rows.find((row) => row.what === what && row.candidate === candidate)
}

interface Aim {
  item: number
  goal: string
  costs?: readonly string[]
}

/** A goal that nothing was measured for, and why. */
export function notToBeHad({ item, goal, costs = [] }: Aim, why: string): Goal {
  return { item, goal, measured: why, verdict: 'not to be had', costs }
}

function judge(aim: Aim, { median, low, high }: Spread, met: boolean, show: (value: number) => string): Goal {
  const measured = low === high ? show(median) : `${show(median)} (${show(low)} to ${show(high)})`
  return { item: aim.item, goal: aim.goal, measured, verdict: met ? 'met' : 'not met', costs: aim.costs ?? [] }
}

type Measured = Spread | null | undefined

const why = 'it was not measured'

/** Judged by the median. */
export function atLeast(aim: Aim, limit: number, measured: Measured, show = times): Goal {
  return measured ? judge(aim, measured, measured.median >= limit, show) : notToBeHad(aim, why)
}

export function atMost(aim: Aim, limit: number, measured: Measured, show = times): Goal {
  return measured ? judge(aim, measured, measured.median <= limit, show) : notToBeHad(aim, why)
}

/** The same with more to read beside what was measured. */
export function beside(goal: Goal, text: string): Goal {
  return { ...goal, measured: `${goal.measured}; ${text}` }
}

/** What is counted and not measured has no spread. */
export function exactly(value: number): Spread {
  return { median: value, low: value, high: value, turns: 1 }
}

export const count = (value: number): string => number(value, 0)
