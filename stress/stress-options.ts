/** What each part of the stress tests takes. */
export interface StressOptions {
  /** How long to go on; what is under way is finished. */
  seconds: number
  seed: number
  /** A line of progress. */
  log: (line: string) => void
}

/** What each part answers, besides figures of its own. */
export interface StressFigures {
  rounds: number
  /** What went wrong, in words; none: all is well. */
  failures: string[]
}
