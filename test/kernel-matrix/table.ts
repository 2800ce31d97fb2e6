import type { GuestResult } from './guest/main'
import type { Architecture, GuestKernel } from './kernels'

/** What one boot came to. */
export interface Row {
  kernel: GuestKernel
  version: string
  /** Null where the guest did not answer; see error. */
  result: GuestResult | null
  error: string | null
  seconds: number
}

/** What does not hold on a kernel: nothing, if all is right. */
export function problemsOf({ kernel, result, error }: Row): string[] {
  if (result === null) return [error ?? 'no result']
  const problems: string[] = []
  for (const [user, { backing, memfdSecret }] of Object.entries(result.support)) {
    if (backing !== kernel.backing) problems.push(`expected ${kernel.backing} as ${user} but received ${backing}`)
    if (memfdSecret.reason !== kernel.reason) {
      problems.push(`expected reason ${kernel.reason} as ${user} but received ${memfdSecret.reason}`)
    }
  }
  if (result.protectionKeys !== kernel.protectionKeys)
    problems.push(`expected protection keys ${kernel.protectionKeys} but received ${result.protectionKeys}`)
  for (const { name, user, passed, output } of result.tests) {
    if (!passed) problems.push(`${name} fails as ${user}: ${output.trim()}`)
  }
  if (result.tests.length === 0) problems.push('expected tests but none of that name was compiled')
  return problems
}

const HEADER = [
  'kernel',
  'Debian package',
  'parameters',
  'backing',
  'reason',
  'accounting',
  'protection keys',
  'tests passed',
]

function cellsOf(row: Row): string[] {
  const { kernel, version, result } = row
  const found = result?.support.root
  const tests = result?.tests ?? []
  const passed = tests.filter((test) => test.passed).length
  return [
    `${found?.kernel.release ?? `${kernel.series}*`} ${kernel.arch}`,
    version,
    kernel.parameters === '' ? '' : `\`${kernel.parameters}\``,
    found?.backing ?? 'no answer',
    found?.memfdSecret.reason ?? '',
    found?.kernel.accounting ?? '',
    result?.protectionKeys === true ? 'yes' : '',
    `${passed} of ${tests.length}`,
  ]
}

/** The table, as Markdown that is fit for a terminal too. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [HEADER, ...rows.map(cellsOf)]
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  const [head = [], ...body] = cells
  return [line(head), rule, ...body.map(line)].join('\n')
}

const begin = (arch: Architecture) => `<!-- ${arch}: written by npm run test:kernels -- --arch ${arch} --docs -->`
const end = (arch: Architecture) => `<!-- /${arch} -->`

/** A page with the table of an architecture between its two marks. Throws where it lacks them. */
export function insertTable(page: string, arch: Architecture, table: string, date: string): string {
  const from = page.indexOf(begin(arch))
  const to = page.indexOf(end(arch))
  if (from < 0 || to < from)
    throw new Error(`Expected ${begin(arch)} and ${end(arch)} in the page but received neither`)
  return `${page.slice(0, from)}${begin(arch)}\n\nWritten on ${date}.\n\n${table}\n\n${page.slice(to)}`
}
