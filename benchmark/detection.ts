// node out/benchmark/detection.js [--docs]: how long probe(), assertSupport() and stats() take, in processes of their own
// since the first probe() is the one that tries. --docs writes the table into docs/doctor.md.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../lib/addon-file'

const STARTS = 21
const CALLS = 1000

const { docs } = parseArgs({ options: { docs: { type: 'boolean', default: false } } }).values

interface Times {
  first: number
  later: number
  assertSupport: number
  stats: number
}

/** Microseconds by the wall: of the first call, and the median of many more. */
const SCRIPT = `
const lib = require(${JSON.stringify(join(packageRoot(), 'out/lib/index.js'))})
const time = (act) => { const before = process.hrtime.bigint(); act(); return Number(process.hrtime.bigint() - before) / 1000 }
const median = (act) => Array.from({ length: ${CALLS} }, () => time(act)).sort((a, b) => a - b)[${CALLS / 2}]
const first = time(lib.probe)
const later = median(lib.probe)
const assertSupport = median(() => lib.assertSupport())
const secrets = Array.from({ length: 100 }, () => lib.SecretBuffer.random(32))
process.stdout.write(JSON.stringify({ first, later, assertSupport, stats: median(lib.stats) }))`

const measured = Array.from(
  { length: STARTS },
  () => JSON.parse(execFileSync(process.execPath, ['-e', SCRIPT], { encoding: 'utf8' })) as Times,
)

function describe(name: keyof Times): string {
  const sorted = measured.map((times) => times[name]).sort((a, b) => a - b)
  const at = (part: number): string => ((sorted[Math.floor((STARTS - 1) * part)] ?? Number.NaN) / 1000).toFixed(3)
  return `${at(0.5)} ms (${at(0.25)} to ${at(0.75)})`
}

const rows = [
  ['`probe()`, the first', describe('first')],
  ['`probe()`, each later one', describe('later')],
  ['`assertSupport()`, after `probe()`', describe('assertSupport')],
  ['`stats()`, with 100 secrets', describe('stats')],
]
for (const [name = '', time = ''] of rows) console.log(`${name.padEnd(36)} ${time}`)

if (docs) {
  const page = join(packageRoot(), 'docs/doctor.md')
  const table = [
    `By \`node out/benchmark/detection.js --docs\`: the median of ${STARTS} processes, and between what their middle half lies.`,
    `Node.js ${process.versions.node}, Linux ${release()}, ${process.arch}.`,
    '',
    '|  | time |',
    '| --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
  const marked = /(<!-- detection-cost:begin -->\n)[^]*(<!-- detection-cost:end -->)/
  writeFileSync(page, readFileSync(page, 'utf8').replace(marked, `$1\n${table}\n\n$2`))
}
