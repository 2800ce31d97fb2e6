// The tables of docs/runtimes.md and of the terminal.

function table(head, rows) {
  const cells = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

const passedOf = (checks) => checks.filter(({ outcome }) => outcome === 'ok').length

function suiteCell({ suite }) {
  if (suite === undefined) return ''
  const { passed, failed, skipped } = suite
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** A line a runtime: what protects a secret there, and what passed. */
export function resultTable(rows) {
  const head = ['runtime', 'architecture', 'libc', 'kernel', 'backing', 'conformance', 'test suite']
  const cells = rows.map((row) => {
    const { runtime, conformance } = row
    const { backing, kernel, checks, error } = conformance
    const answer = error === undefined ? `${passedOf(checks)} of ${checks.length}` : 'no answer'
    const release = /^[\d.]*/.exec(kernel?.release ?? '')[0]
    return [runtime.title, runtime.arch, runtime.libc, release, backing ?? '', answer, suiteCell(row)]
  })
  // After --quick, or where only runtimes without a suite were asked for.
  const columns = rows.some(({ suite }) => suite !== undefined) ? head.length : head.length - 1
  return table(
    head.slice(0, columns),
    cells.map((row) => row.slice(0, columns)),
  )
}

/** What each runtime does with the memory of a view: a column a runtime, of those that differ in nothing one. */
export function factTable(rows) {
  const answered = rows.filter(({ conformance }) => conformance.error === undefined)
  const names = [...new Set(answered.flatMap(({ conformance }) => Object.keys(conformance.facts)))]
  const groups = new Map()
  for (const { runtime, conformance } of answered) {
    const answers = names.map((name) => conformance.facts[name] ?? '')
    const key = answers.join('\n')
    const titles = groups.get(key)?.titles ?? []
    // One column for a runtime that is there for two libraries or machines.
    const title = runtime.title.replace(/ (?:under|in) .*/, '')
    groups.set(key, { answers, titles: [...new Set([...titles, title])] })
  }
  const columns = [...groups.values()]
  const head = ['', ...columns.map(({ titles }) => titles.join(', '))]
  return table(
    head,
    names.map((name, index) => [name, ...columns.map(({ answers }) => answers[index])]),
  )
}

/** Lines that say what does not hold; none, if all does. */
export function problemsOf({ runtime, conformance, suite }) {
  const { error, checks } = conformance
  const problems = error === undefined ? [] : [error]
  for (const { name, outcome, detail } of checks) if (outcome !== 'ok') problems.push(`${name}: ${detail}`)
  for (const name of suite?.failures ?? []) problems.push(`${name} fails, see ${suite.log}`)
  return problems.map((problem) => `${runtime.id}: ${problem}`)
}

const marks = (name) => [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]

/** A page with the text between its two marks. Throws where it lacks them. */
export function insert(page, name, text) {
  const [begin, end] = marks(name)
  const start = page.indexOf(begin)
  const stop = page.indexOf(end)
  if (start < 0 || stop < start) throw new Error(`Expected ${begin} and ${end} in the page but received neither`)
  return `${page.slice(0, start)}${begin}\n\n${text}\n\n${page.slice(stop)}`
}
