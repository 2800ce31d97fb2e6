import { chosenStore } from '../../lib/choose-store'
import { STAT_NAMES } from '../../lib/native'

const numbers = new Float64Array(STAT_NAMES.length)

/** What stats() gets from the store, without the file of /proc that tells the limit. */
export function readStats(): Record<(typeof STAT_NAMES)[number], number> {
  numbers.fill(0)
  chosenStore()?.store.readStats(numbers)
  const entries = STAT_NAMES.map((name, i) => [name, numbers[i] ?? 0])
  return Object.fromEntries(entries) as Record<(typeof STAT_NAMES)[number], number>
}
