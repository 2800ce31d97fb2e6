import t from 'tap'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CASES } from '../../benchmark/cases/index'
import type { CaseResult, Row } from '../../benchmark/model'
import type { Spread } from '../../benchmark/statistics'
import { packageRoot } from '../../lib/addon-file'

t.setTimeout(870_000)

/** A case for each item of what is to be measured, and what they are judged against. */
const MEASURED = [
  ...['life', 'use', 'capacity', 'live-secrets', 'view-speed', 'workers', 'start-up', 'equivalents', 'growth'],
  'physical-costs',
]

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

function bench(...args: string[]): Promise<Ended> {
  const options = { timeout: 870_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 } as const
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(packageRoot(), 'out/benchmark/main.js'), ...args],
      options,
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        resolve({ status, stdout, stderr })
      },
    )
  })
}

t.test('--help says what there is', async (t) => {
  const { status, stdout } = await bench('--help')
  t.equal(status, 0)
  for (const option of ['--quick', '--only', '--list', '--json', '--docs']) t.ok(stdout.includes(option), option)
})

t.test('--list names each case', async (t) => {
  const { status, stdout } = await bench('--list')
  t.equal(status, 0)
  t.same(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    MEASURED,
  )
})

for (const [args, expected] of [
  [['--nonsense'], /--nonsense/],
  [['nonsense'], /nonsense/],
  [['--only', 'nonsense'], /Expected one of life, .* but received nonsense/],
  [['--only'], /--only/],
  [['--docs', '--quick'], /Expected a whole run for --docs/],
  [['--docs', '--only', 'life'], /Expected a whole run for --docs/],
] as const) {
  t.test(`${args.join(' ')} is refused`, async (t) => {
    const { status, stdout, stderr } = await bench(...args)
    t.equal(status, 2)
    t.equal(stdout, '')
    t.match(stderr, expected)
    t.match(stderr, /Usage: npm run bench/)
  })
}

const isSpread = ({ median, low, high, turns }: Spread): boolean =>
  [median, low, high].every(Number.isFinite) && low <= median && median <= high && turns >= 1

/** What is wrong with a row; null where nothing is. */
function problemOf({ what, candidate, value, processor, ratio, note }: Row): string | null {
  const name = `${what}, ${candidate}`
  if (what === '' || candidate === '') return 'a row without a name'
  if (value === null) return note === null || note === '' ? `${name}: not to be had, and no reason` : null
  if (!isSpread(value)) return `${name}: ${JSON.stringify(value)}`
  if (processor !== null && !isSpread(processor)) return `${name}: processor ${JSON.stringify(processor)}`
  if (ratio !== null && !(isSpread(ratio) && ratio.median > 0)) return `${name}: ratio ${JSON.stringify(ratio)}`
  return null
}

t.test('--quick runs every case and judges each goal', async (t) => {
  const file = join(t.testdir({}), 'bench.json')
  const { status, stdout, stderr } = await bench('--quick', '--json', file)
  t.equal(status, 0, stderr)
  const written = JSON.parse(readFileSync(file, 'utf8')) as { machine: object; quick: boolean; cases: CaseResult[] }
  t.equal(written.quick, true)
  t.match(written.machine, { backing: String, versions: { 'memfd-secret': String, 'sodium-native': String } })
  t.same(
    written.cases.map(({ name, error }) => [name, error]),
    MEASURED.map((name) => [name, null]),
  )
  const rows = written.cases.flatMap((result) => result.rows)
  t.same(
    rows.map(problemOf).filter((problem) => problem !== null),
    [],
  )
  for (const { name, rows: own } of written.cases)
    t.ok(
      own.some(({ value }) => value !== null),
      `${name} measured something`,
    )
  const goals = written.cases.flatMap((result) => result.goals)
  t.same([...new Set(goals.map(({ item }) => item))].sort(), [1, 2, 3, 4, 5, 6, 7], 'each item that has a goal')
  for (const { goal, measured, verdict } of goals) {
    t.ok(['met', 'not met', 'not to be had'].includes(verdict) && measured !== '', `${goal}: ${verdict}`)
    t.ok(stdout.includes(goal), `${goal} is in the table`)
  }
  t.match(stdout, /the figures mean nothing/)
  for (const { title } of CASES) t.ok(stderr.includes(title), `said on the way: ${title}`)
})
