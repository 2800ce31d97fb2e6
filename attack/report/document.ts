import { HOLDER_NAMES, HOLDER_TITLES } from '../holders'
import type { Report } from '../results'
import { describeAttacker, describeMachine, otherControlsOf, reasonsOf, sealingOf, textOf } from './words'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

function bulleted(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, lines.map((line) => `- ${line}`).join('\n')]
}

/** The results as Markdown. */
export function renderMarkdown(report: Report): string {
  const head = ['attack', ...HOLDER_NAMES.map((name) => HOLDER_TITLES[name])]
  const rows = report.rows.map((row) => {
    const cells = HOLDER_NAMES.map((name) => {
      const text = textOf(row.cells[name], row)
      return row.cells[name].verdict === 'leaks' ? `**${text}**` : text
    })
    return [row.title, ...cells]
  })
  const sealing = sealingOf(report)
  const closed = sealing === null ? '' : ` Sealed secrets are closed by ${sealing}.`
  return [
    `The attacker: ${describeAttacker(report)}. Written on ${report.date}, on ${describeMachine(report)}.${closed}`,
    table(head, rows),
    ...bulleted('Not here:', reasonsOf(report)),
    ...bulleted(
      'Seen to work elsewhere, since an ordinary Buffer does not leak by them either:',
      otherControlsOf(report),
    ),
  ].join('\n\n')
}

export const markOf = (report: Report): string => (report.attacker.root ? 'attack-root' : 'attack-user')

/** A page with the text between its two marks. Throws where it lacks them. */
export function insert(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
  const start = page.indexOf(begin)
  const stop = page.indexOf(end)
  if (start < 0 || stop < start) throw new Error(`Expected ${begin} and ${end} in the page but received neither`)
  return `${page.slice(0, start)}${begin}\n\n${text}\n\n${page.slice(stop)}`
}
