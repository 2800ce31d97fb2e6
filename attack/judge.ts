import { expectedOf } from './expectations'
import { HOLDER_NAMES, HOLDER_TITLES, type HolderName, titleOf } from './holders'
import type { Cell, HolderState, Row } from './results'

// An attack that finds nothing anywhere would look like protection.
function problemOfControl({ name, control }: Row): string[] {
  if (control.verdict === 'leaks' || control.verdict === 'impossible') return []
  const outcome = `${control.verdict}: ${control.detail}`
  return [`${name} is broken: it did not find the secret in ${titleOf(control.how)} (${outcome}).`]
}

function problemOfCell(row: Row, holder: HolderName, cell: Cell): string[] {
  const at = `${row.name}, ${HOLDER_TITLES[holder]}`
  const expected = expectedOf(row.name, holder)
  switch (cell.verdict) {
    case 'unavailable':
      return []
    case 'failed':
      return [`${at}: the suite failed: ${cell.detail}`]
    case 'impossible':
      return row.control.verdict === 'impossible' ? [] : [`${at}: not tried, though it can be: ${cell.detail}`]
    default:
      if (cell.verdict === expected) return []
      return [`${at}: expected ${expected} but received ${cell.verdict} (${cell.detail}).`]
  }
}

function problemOfHolder(holder: HolderName, { unavailable, sealing }: HolderState): string[] {
  if (unavailable === null) return []
  // Known of another project's package, and of a version or a machine that cannot seal, by the library's own word.
  if (holder === 'sodium_malloc' || (holder === 'sealed' && sealing === 'none')) return []
  return [`${HOLDER_TITLES[holder]} is not to be had: ${unavailable.message}`]
}

function problemOfAll(rows: readonly Row[]): string[] {
  const shown = rows.some(({ control }) => control.verdict === 'leaks')
  return shown ? [] : ['No attack could be made: nothing was shown.']
}

/** What is not as expected, a sentence each. */
export function judge(rows: readonly Row[], holders: Record<HolderName, HolderState>): string[] {
  return [
    ...HOLDER_NAMES.flatMap((holder) => problemOfHolder(holder, holders[holder])),
    ...rows.flatMap(problemOfControl),
    ...rows.flatMap((row) => HOLDER_NAMES.flatMap((holder) => problemOfCell(row, holder, row.cells[holder]))),
    ...problemOfAll(rows),
  ]
}
