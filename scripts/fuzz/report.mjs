// The results of npm run fuzz, as a table.
import path from 'node:path'
import { root } from '../native-sources.mjs'

const columns = [
  ['target', ({ target }) => target],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['runs', ({ runs }) => runs.toLocaleString('en-US')],
  ['coverage', ({ coverage }) => String(coverage)],
  ['corpus', ({ corpus }) => String(corpus)],
  ['new units', ({ newUnits }) => String(newUnits)],
  ['failures', ({ failures }) => String(failures.length)],
]

const here = (file) => path.relative(root, file)

function failureText({ target }, { reason, input, log }) {
  const lines = [`${target}: ${reason}`, `  said: ${here(log)}`]
  if (input !== null) lines.push(`  once more: build/fuzz/bin/${target} ${here(input)}`)
  return `${lines.join('\n')}\n`
}

/** paint(style, text) colours where colour is wanted. Coverage counts the edges of the code that were reached. */
export function renderTable(results, paint) {
  const rows = [columns.map(([title]) => title), ...results.map((result) => columns.map(([, cell]) => cell(result)))]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const lines = rows.map((row, index) => {
    const line = row.map(pad).join('  ')
    if (index === 0) return line
    return paint(results[index - 1].failures.length > 0 ? 'red' : 'green', line)
  })
  const failures = results.flatMap((result) => result.failures.map((failure) => failureText(result, failure)))
  return `${lines.join('\n')}\n${failures.length > 0 ? '\n' : ''}${failures.join('')}`
}
