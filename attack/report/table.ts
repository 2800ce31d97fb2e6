import { HOLDER_NAMES, HOLDER_TITLES } from '../holders'
import type { Cell, Report } from '../results'
import { type Colour, painter } from './colour'
import { describeAttacker, describeMachine, otherControlsOf, reasonsOf, sealingOf, textOf } from './words'

const COLOURS: Record<Cell['verdict'], Colour> = {
  leaks: 'red',
  safe: 'green',
  impossible: 'dim',
  unavailable: 'dim',
  failed: 'red',
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

/** For a person, lines ended by a newline. */
export function renderTable(report: Report, colour: boolean): string {
  const paint = painter(colour)
  const { rows, problems } = report
  const first = Math.max(...rows.map(({ title }) => title.length), 'attack'.length)
  const columns = HOLDER_NAMES.map((name) => {
    const cells = rows.map((row) => ({ text: textOf(row.cells[name], row), verdict: row.cells[name].verdict }))
    const width = Math.max(HOLDER_TITLES[name].length, ...cells.map(({ text }) => text.length))
    return { title: HOLDER_TITLES[name].padEnd(width), cells, width }
  })
  const head = ['attack'.padEnd(first), ...columns.map(({ title }) => title)].join('  ').trimEnd()
  const lines = rows.map(({ title }, index) => {
    const cells = columns.map(({ cells: all, width }) => {
      const { text, verdict } = all[index] ?? { text: '', verdict: 'safe' }
      // Padding stays outside the colours, so that it can be trimmed at the end of a line.
      return paint(text, COLOURS[verdict]) + ' '.repeat(width - text.length)
    })
    return [title.padEnd(first), ...cells].join('  ').trimEnd()
  })
  const sealing = sealingOf(report)
  return [
    `The attacker: ${describeAttacker(report)}. ${describeMachine(report)}.`,
    ...(sealing === null ? [] : [`Sealed secrets are closed by ${sealing}.`]),
    '',
    paint(head, 'bold'),
    ...lines,
    ...section('Not here:', reasonsOf(report)),
    ...section(
      'Seen to work elsewhere, since an ordinary Buffer does not leak by them either:',
      otherControlsOf(report),
    ),
    '',
    ...(problems.length === 0
      ? [paint('All is as docs/threat-model.md says.', 'green')]
      : [paint('Not as docs/threat-model.md says:', 'red'), ...problems.map((problem) => `  ${problem}`)]),
    '',
  ].join('\n')
}
