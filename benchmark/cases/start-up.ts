import { packageRoot } from '../../lib/addon-file'
import { runProgram } from '../counting/run-program'
import { atMost, beside } from '../goals'
import type { Case, Effort, Findings, Goal, Progress, Row, Unit } from '../model'
import { inUnitOf } from '../report/format'
import { type Spread, spreadOf } from '../statistics'

const TIME = 'start to end of a process'
const INSIDE = 'of it inside of require() and probe()'
const MEMORY = 'resident memory at rest'
const ANONYMOUS = 'of it not of files, so not shared'
const BARE = 'bare node'
const OURS = "require('memfd-secret'), probe()"
const COMPILED = 'its JavaScript, compiled and not run'
const OPENED = 'its addon, opened and not used'
const SODIUM = "require('sodium-native')"

interface Candidate {
  label: string
  load: string
}

const loadOurs = `require(${JSON.stringify(packageRoot())}).probe();`

/** Node's own modules that the package loads, without it: what it would take if it were nothing itself. */
async function loadBuiltins(): Promise<string> {
  const script = `const { builtinModules } = require('node:module');
    const loaded = () => process.moduleLoadList.map((name) => name.replace('NativeModule ', ''));
    const before = loaded();
    ${loadOurs}
    const added = builtinModules.filter((name) => loaded().includes(name) && !before.includes(name));
    process.stdout.write(added.map((name) => \`require('node:\${name}');\`).join(''))`
  return (await runProgram(process.execPath, ['-e', script])).stdout
}

/** What V8 asks for the text of the files that it loads, before any of it runs. */
async function loadText(): Promise<string> {
  const script = `${loadOurs}
    process.stdout.write(JSON.stringify(Object.keys(require.cache).filter((file) => file.endsWith('.js'))))`
  const files = JSON.parse((await runProgram(process.execPath, ['-e', script])).stdout) as string[]
  return `const { Script } = require('vm');
    for (const file of ${JSON.stringify(files)})
      new Script(require('module').wrap(require('fs').readFileSync(file, 'utf8')), { filename: file });`
}

async function loadAddon(): Promise<string> {
  const script = `const open = process.dlopen;
    process.dlopen = (module, ...args) => (process.stdout.write(args[0]), open(module, ...args));
    ${loadOurs}`
  const file = (await runProgram(process.execPath, ['-e', script])).stdout
  return `process.dlopen({ exports: {} }, ${JSON.stringify(file)});`
}

async function listCandidates(): Promise<Candidate[]> {
  return [
    { label: BARE, load: '' },
    { label: OURS, load: loadOurs },
    { label: "the modules of Node's that it loads, alone", load: await loadBuiltins() },
    { label: COMPILED, load: await loadText() },
    { label: OPENED, load: await loadAddon() },
    { label: SODIUM, load: `require(${JSON.stringify(require.resolve('sodium-native'))});` },
  ]
}

type Measure = (load: string) => Promise<number>

/** Milliseconds from the start of a process that loads a package to its end. */
const timeOf: Measure = async (load) => {
  const before = performance.now()
  await runProgram(process.execPath, ['-e', load])
  return performance.now() - before
}

/** Milliseconds that loading a package takes, by its own process's clock: without the noise of a process's start and end. */
const timeInside: Measure = async (load) => {
  const script = `const before = performance.now();
    ${load}
    const after = performance.now();
    process.stdout.write(String(after - before))`
  return Number((await runProgram(process.execPath, ['-e', script])).stdout)
}

/** Bytes, once start-up is over. The same fields of /proc/PID/status are sums that the kernel does not keep exact. */
const memoryOf =
  (field: 'Rss' | 'Anonymous'): Measure =>
  async (load) => {
    const read = `/^${field}:\\s+(\\d+)/m.exec(require('fs').readFileSync('/proc/self/smaps_rollup', 'utf8'))[1]`
    const { stdout } = await runProgram(process.execPath, [
      '-e',
      `${load}setTimeout(() => process.stdout.write(${read}), 100)`,
    ])
    return Number(stdout) * 1024
  }

/** Of each candidate a value a turn. */
async function takeTurns(candidates: readonly Candidate[], measure: Measure, turns: number): Promise<number[][]> {
  const values: number[][] = candidates.map(() => [])
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < candidates.length; i++) {
      const index = (turn + i) % candidates.length
      values[index]?.push(await measure(candidates[index]?.load ?? ''))
    }
  }
  return values
}

interface Measured {
  rows: Row[]
  /** By how much a candidate is over the bare start, turn by turn. */
  over(label: string): Spread
}

interface Plan {
  what: string
  unit: Unit
  measure: Measure
  turns: number
  only?: readonly string[]
}

async function measured(all: readonly Candidate[], { what, unit, measure, turns, only }: Plan): Promise<Measured> {
  const candidates = all.filter(({ label }) => only?.includes(label) ?? true)
  const values = await takeTurns(candidates, measure, turns)
  const bare = values[candidates.findIndex(({ label }) => label === BARE)]
  const overBare = (own: readonly number[]): Spread =>
    spreadOf(own.map((value, turn) => value - (bare?.[turn] ?? Number.NaN)))
  const rows = candidates.map(({ label }, index): Row => {
    const own = values[index] ?? []
    const over = `${inUnitOf(unit, overBare(own).median)} over ${BARE}`
    const note = label === BARE || bare === undefined ? null : over
    return { what, candidate: label, unit, value: spreadOf(own), processor: null, ratio: null, note }
  })
  return { rows, over: (wanted) => overBare(values[candidates.findIndex(({ label }) => label === wanted)] ?? []) }
}

/** With what stands in the way beside it: what V8 and the loader ask for a package of this size, whatever it does. */
function goalOf(goal: string, limit: number, unit: Unit, found: Measured | undefined): Goal {
  const show = (value: number): string => inUnitOf(unit, value)
  const judged = atMost({ item: 7, goal }, limit, found?.over(OURS), show)
  if (found === undefined || judged.verdict === 'met') return judged
  const parts = [COMPILED, OPENED].map((label) => `${label} ${show(found.over(label).median)}`)
  return beside(judged, `over a bare start: ${parts.join(', ')}`)
}

async function run({ quick }: Effort, progress: Progress): Promise<Findings> {
  const candidates = await listCandidates()
  const plans: readonly Plan[] = [
    { what: TIME, unit: 'ms', measure: timeOf, turns: quick ? 3 : 41 },
    { what: INSIDE, unit: 'ms', measure: timeInside, turns: quick ? 3 : 41, only: [OURS, COMPILED, OPENED, SODIUM] },
    { what: MEMORY, unit: 'bytes', measure: memoryOf('Rss'), turns: quick ? 1 : 9 },
    { what: ANONYMOUS, unit: 'bytes', measure: memoryOf('Anonymous'), turns: quick ? 1 : 9 },
  ]
  const found: Measured[] = []
  for (const plan of plans) {
    progress(plan.what)
    found.push(await measured(candidates, plan))
  }
  const [time, , memory] = found
  return {
    rows: found.flatMap(({ rows }) => rows),
    goals: [
      goalOf('require and probe() within 5 ms of a bare start', 5, 'ms', time),
      goalOf('at rest within 2 MiB of a bare start', 2 * 2 ** 20, 'bytes', memory),
    ],
    charts: [],
  }
}

export const startUp: Case = { name: 'start-up', title: 'Start-up and memory at rest', run }
