// npm run test:runtimes: the package in each runtime that it is for. The conformance program (test/runtimes) runs on what
// ships, prebuilds/; the test suite runs on what the last build made.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './native-sources.mjs'
import { prepare } from './prepare.mjs'
import { StepError, main, pool } from './run-command.mjs'
import { runConformance } from './runtimes/conformance.mjs'
import { folder } from './runtimes/fetch.mjs'
import { runtimes } from './runtimes/list.mjs'
import { stage } from './runtimes/stage.mjs'
import { runSuite } from './runtimes/suite.mjs'
import { factTable, insert, problemsOf, resultTable } from './runtimes/table.mjs'

const atATime = 2

const usage = `Usage: npm run test:runtimes [-- [options] [name ...]]

Runs the conformance program in each runtime, and the test suite, or the tests whose path contains one of the names, in
each Node.js for x64. Runtimes come from the npm registry, Debian's arm64 files and kernel by apt-get; both are kept.

Options:
  --quick      no test suite, no virtual machine
  --only=LIST  of ${runtimes.map(({ id }) => id).join(', ')}, with commas between them
  --again      only what did not hold in the last result; the rest of it is kept
  --docs       write the tables to docs/runtimes.md
  --json=FILE  where the result goes (default: build/runtimes/runtimes.json)
  --no-build   use the build and the prebuilds that are there
  --list       print the runtimes and stop
  --help       print this

Exit code: 0 all held, 1 something did not.`

function readArguments() {
  const flag = { type: 'boolean' }
  const text = { type: 'string' }
  const flags = Object.fromEntries(['quick', 'again', 'docs', 'no-build', 'list', 'help'].map((name) => [name, flag]))
  const options = { ...flags, only: text, json: text }
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    const only = values.only?.split(',')
    const unknown = only?.find((id) => !runtimes.some((runtime) => runtime.id === id))
    if (unknown !== undefined) throw new Error(`Expected a runtime of the list for --only but received ${unknown}`)
    return { ...values, only, names: positionals }
  } catch (error) {
    throw new StepError(`${error.message}\n\n${usage}`)
  }
}

const fileOf = ({ json }) => path.resolve(json ?? path.join(folder, 'runtimes.json'))

/** The rows of the last result, for --again. */
function lastRows(options) {
  if (!options.again) return []
  const file = fileOf(options)
  if (!existsSync(file)) throw new StepError(`Expected the last result for --again but found none at ${file}`)
  return JSON.parse(readFileSync(file, 'utf8')).rows
}

const held = (row) => problemsOf(row).length === 0

function chosenRuntimes({ only, quick, again }, last) {
  const failed = ({ id }) => last.some((row) => row.runtime.id === id && !held(row))
  const wanted = again ? runtimes.filter(failed) : runtimes
  return wanted.filter(({ id, slow }) => (only ? only.includes(id) : !(quick && slow)))
}

const place = ({ runtime }) => runtimes.findIndex(({ id }) => id === runtime.id)

async function conform(runtime, program) {
  console.error(`${runtime.id}: ${runtime.title}, ${runtime.arch}, ${runtime.libc}`)
  const conformance = await runConformance(runtime, program)
  const { checks, error, seconds } = conformance
  const failed = error !== undefined || checks.some(({ outcome }) => outcome !== 'ok')
  console.error(`${runtime.id}: conformance ${failed ? 'FAILED' : 'ok'} (${checks.length} checks, ${seconds} s)`)
  return { runtime, conformance }
}

async function withSuite(row, names) {
  const suite = await runSuite(row.runtime, names)
  const { passed, failed, skipped } = suite
  console.error(`${row.runtime.id}: test suite ${passed} passed, ${failed} failed, ${skipped} skipped`)
  return { ...row, suite }
}

function writeDocs(rows, date) {
  const page = path.join(root, 'docs/runtimes.md')
  const text = `Written on ${date} by \`npm run test:runtimes -- --docs\`.\n\n${resultTable(rows)}`
  const withResults = insert(readFileSync(page, 'utf8'), 'runtimes', text)
  writeFileSync(page, insert(withResults, 'facts', factTable(rows)))
}

await main(async () => {
  const options = readArguments()
  if (options.help) return void console.log(usage)
  const last = lastRows(options)
  const chosen = chosenRuntimes(options, last)
  if (options.list) {
    for (const { id, title, arch, libc } of chosen) console.log(`${id}: ${title}, ${arch}, ${libc}`)
    return 0
  }
  if (!options['no-build']) await prepare()
  mkdirSync(folder, { recursive: true })
  const program = await stage({ fresh: !options['no-build'] })
  let rows = await pool(chosen, atATime, (runtime) => conform(runtime, program))
  if (!options.quick) {
    // A suite runs two tests at a time by itself.
    rows = await pool(rows, 1, (row) => (row.runtime.suite ? withSuite(row, options.names) : row))
  }
  rows = [...last.filter(held), ...rows].toSorted((one, other) => place(one) - place(other))
  const date = new Date().toISOString().slice(0, 10)
  const json = fileOf(options)
  writeFileSync(json, `${JSON.stringify({ schemaVersion: 1, date, rows }, undefined, 2)}\n`)
  console.log(`${resultTable(rows)}\n\n${factTable(rows)}\n\nWritten to ${json}`)
  if (options.docs) writeDocs(rows, date)
  const problems = rows.flatMap(problemsOf)
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
})
