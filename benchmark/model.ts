import type { Spread } from './statistics'

/** Time by the clock on the wall, or of the processor. */
export type By = 'wall' | 'processor'

export type Unit = 'ns' | 'ms' | 'bytes' | 'each' | 'times'

/** One line of the table: what one candidate took. */
export interface Row {
  /** What was done, the same for all candidates that did it. */
  what: string
  candidate: string
  unit: Unit
  /** Null where it is not to be had here; note says why. */
  value: Spread | null
  /** Processor time of all threads of its process, in the row's unit; null where that says nothing. */
  processor: Spread | null
  /** How many times that of another candidate (or of another row) the value is. */
  ratio: (Spread & { to: string; by: By }) | null
  note: string | null
}

export type Verdict = 'met' | 'not met' | 'not to be had'

export interface Goal {
  /** The number that the project's list of goals has for it. */
  item: number
  goal: string
  measured: string
  verdict: Verdict
  /** Rows of the case physical-costs that stand in the way where it is not met. */
  costs: readonly string[]
}

export interface Bar {
  label: string
  value: number
  /** What stands at its end. */
  text: string
  /** Ours is drawn in another colour. */
  ours: boolean
}

export interface Chart {
  /** docs/images/FILE.svg */
  file: string
  title: string
  subtitle: string
  /** Says what the picture shows to who does not see it. */
  description: string
  bars: readonly Bar[]
}

export interface Findings {
  rows: Row[]
  goals: Goal[]
  charts: Chart[]
}

/** How much work to spend. */
export interface Effort {
  quick: boolean
  /** Turns that each candidate takes. */
  turns: number
  sliceMilliseconds: number
  warmUpMilliseconds: number
}

/** Told on the way, for a person who waits. */
export type Progress = (what: string) => void

export interface Case {
  name: string
  title: string
  run(effort: Effort, progress: Progress): Promise<Findings>
}

export interface CaseResult extends Findings {
  name: string
  title: string
  /** Why it could not be run; null where it ran. */
  error: string | null
}
