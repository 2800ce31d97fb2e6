/** What a part of the stress test did, and whether all held. */
export interface Outcome {
  part: string
  /** Named numbers: steps, faults, rounds… */
  figures: Figures
  failures: string[]
  /** What was not done here, and why. */
  notes: string[]
  seconds: number
}

/** The columns of the report; a part fills in those that it has. */
export interface Figures {
  /** Operations of the API that a model was compared with. */
  steps?: number
  /** System calls that were made to fail. */
  faults?: number
  /** Jobs in flight whose secret ended, guards that were hit, requests that were served. */
  rounds?: number
}

export const FIGURES = ['steps', 'faults', 'rounds'] as const

export interface Context {
  /** For as long as this, or for one whole round where that takes longer. */
  seconds: number
  seed: number
  /** One line, on stderr. */
  progress: (text: string) => void
}

export interface Part {
  name: string
  /** What it does, in a few words. */
  title: string
  /** Of the time, beside the others. */
  share: number
  run(context: Context): Promise<Omit<Outcome, 'part' | 'seconds'>>
}

/** Sums what several runs of one part did. */
export class Tally {
  readonly figures: Figures = {}
  readonly failures: string[] = []
  readonly notes: string[] = []

  count(figure: keyof Figures, number: number): void {
    this.figures[figure] = (this.figures[figure] ?? 0) + number
  }

  fail(text: string): void {
    this.failures.push(text)
  }

  /** Each note once. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }
}
