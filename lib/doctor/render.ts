import type { Report } from './examine'
import type { Finding, Level } from './finding'

const WIDTH = 100
const INDENT = 24

/** https://no-color.org and https://force-color.org: set and not empty; FORCE_COLOR=0 is no. */
export function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR'] ?? ''
  if (forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

const CODES: Record<Level | 'strong', number> = { ok: 32, note: 36, warning: 33, error: 31, strong: 1 }

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function renderFinding({ id, level, message, remedy }: Finding, paint: (text: string, as: Level) => string): string {
  const text = wrap(message, WIDTH - INDENT)
  const advice = remedy === null ? [] : wrap(`Remedy: ${remedy}`, WIDTH - INDENT)
  const [first = '', ...rest] = [...text, ...advice]
  const head = `  ${paint(level.padEnd(9), level)} ${id.padEnd(INDENT - 13)} ${first}`
  return [head, ...rest.map((line) => ' '.repeat(INDENT) + line)].join('\n')
}

/** The report for a person. */
export function render(report: Report, colour: boolean): string {
  const paint = (text: string, as: Level | 'strong') => (colour ? `\u001b[${CODES[as]}m${text}\u001b[0m` : text)
  const { kernel } = report.support
  const verdict = report.met
    ? paint(`${report.minBacking} or stronger: met (${report.support.backing})`, 'ok')
    : paint(`${report.minBacking} or stronger: NOT met`, 'error')
  return [
    paint(`memfd-secret ${report.version}, kernel ${kernel.release} (${kernel.arch})`, 'strong'),
    '',
    ...report.findings.map((one) => renderFinding(one, paint)),
    '',
    `Required: ${verdict}`,
    '',
  ].join('\n')
}

/** The report for a machine. An unlimited limit is "unlimited", since JSON has no Infinity. */
export function renderJson(report: Report): string {
  const replace = (_key: string, value: unknown) => (value === Infinity ? 'unlimited' : value)
  return `${JSON.stringify(report, replace, 2)}\n`
}
