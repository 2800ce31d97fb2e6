// Noise on a machine comes in bursts: medians and quartiles of what was measured turn by turn stand where means would not.

/** A median, and the quartiles between which half of the turns lie. */
export interface Spread {
  median: number
  low: number
  high: number
  /** How many turns. */
  turns: number
}

/** Between its neighbours where the position falls between two, as NumPy and R do by default. NaN of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75), turns: values.length }
}

/** Turn by turn, how many times `base` a value is: what slowed the machine for a while slowed both. */
export function ratiosOf(values: readonly number[], base: readonly number[]): number[] {
  if (values.length !== base.length) {
    throw new Error(`Expected ${base.length} turns to compare with but received ${values.length}`)
  }
  return values.map((value, turn) => value / (base[turn] ?? Number.NaN))
}
