import type { Bar, Row } from '../model'
import { inUnitOf, times } from './format'

/** A bar for each candidate of one work, with how many times ours it is. Those that are not to be had have none. */
export function timeBars(rows: readonly Row[], what: string, ours: string): { bars: Bar[]; description: string } {
  const bars = rows
    .filter((row) => row.what === what)
    .flatMap(({ candidate, unit, value, ratio }): Bar[] => {
      if (value === null) return []
      const shown = inUnitOf(unit, value.median)
      const text = ratio === null ? shown : `${shown} (${times(ratio.median)})`
      return [{ label: candidate, value: value.median, text, ours: candidate.startsWith(ours) }]
    })
  return { bars, description: `${what}: ${bars.map(({ label, text }) => `${label} ${text}`).join('; ')}.` }
}
