import type { Row, Unit } from '../model'
import type { Spread } from '../statistics'

/** Digits enough to tell, grouped: 12.3, 1,234. */
export function number(value: number, digits?: number): string {
  const shown = digits ?? (Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)
  return value.toLocaleString('en-US', { minimumFractionDigits: shown, maximumFractionDigits: shown })
}

export const times = (value: number, digits?: number): string => `${number(value, digits)}×`

const inUnit = (value: number, unit: string): string => `${number(value)} ${unit}`

function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${number(nanoseconds, nanoseconds < 10 ? 1 : 0)} ns`
  return nanoseconds < 1e6 ? inUnit(nanoseconds / 1e3, 'µs') : inUnit(nanoseconds / 1e6, 'ms')
}

function bytes(value: number): string {
  const size = Math.abs(value)
  if (size < 10_240) return `${number(value, 0)} B`
  return size < 2 ** 20 ? inUnit(value / 1024, 'KiB') : inUnit(value / 2 ** 20, 'MiB')
}

const FORMATS: Record<Unit, (value: number) => string> = {
  ns: duration,
  ms: (value) => inUnit(value, 'ms'),
  bytes,
  // A count of whole things, or of parts of one for each secret.
  each: (value) => (Number.isInteger(value) || value >= 100 ? number(value, 0) : number(value, 3)),
  times,
}

export const inUnitOf = (unit: Unit, value: number): string => FORMATS[unit](value)

function spread({ median, low, high }: Spread, show: (value: number) => string): string {
  return low === high ? show(median) : `${show(median)} (${show(low)} to ${show(high)})`
}

function against({ ratio }: Row): string {
  if (ratio === null) return ''
  const of = ratio.by === 'processor' ? ', processor time' : ''
  return `${spread(ratio, times)} ${ratio.to}${of}`
}

export const TABLE_HEAD = ['what', 'candidate', 'median (quartiles)', 'processor', 'against', 'note'] as const

/** One line of the table, in the order of TABLE_HEAD. */
export function cellsOf(row: Row): string[] {
  const show = FORMATS[row.unit]
  return [
    row.what,
    row.candidate,
    row.value === null ? 'not to be had' : spread(row.value, show),
    row.processor === null ? '' : show(row.processor.median),
    against(row),
    row.note ?? '',
  ]
}
