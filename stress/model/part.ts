import { existsSync } from 'node:fs'
import { ordinaryUser } from '../../test/detection/refusing'
import { type Ended, endOf, parseLast, runChild } from '../child'
import { INJECTOR } from '../faults/injector'
import { oldestAndNewest } from '../node-versions'
import { type Context, type Part, Tally } from '../outcome'
import { built, compiled, importScript } from '../paths'
import type { Variant } from './arguments'
import type { ModelResult } from './run-model'

/** How the model's child is started. */
interface Launch {
  variant: Variant
  launcher?: readonly string[]
  program?: string
  env?: NodeJS.ProcessEnv
}

/** Then another seed, with another policy. */
const STEPS_OF_A_SEED = 250_000
const LATE = 60

type Told = ModelResult & { failure?: string; cause?: string }

async function runSeed(launch: Launch, seed: number, seconds: number): Promise<{ ended: Ended; told: Told | null }> {
  const { variant, launcher = [], program = process.execPath, env = {} } = launch
  const args = [compiled('model/main'), `${seed}`, `${STEPS_OF_A_SEED}`, `${seconds}`, variant]
  const ended = await runChild([...launcher, program, ...args], { seconds: seconds + LATE, env })
  return { ended, told: parseLast<Told>(ended.stdout) }
}

function describeFailure(part: string, seed: number, ended: Ended, told: Told | null): string {
  const what = told?.failure === undefined ? endOf(ended) : `${told.failure}\n${told.cause ?? ''}`
  return `seed ${seed}: ${what}\nAgain: npm run stress -- --only ${part} --seed ${seed}`
}

/** Seed after seed until the time is up, or one fails. */
async function runSeeds(part: string, launch: Launch, context: Context, tally: Tally): Promise<void> {
  const end = performance.now() + context.seconds * 1000
  for (let seed = context.seed; ; seed++) {
    const left = (end - performance.now()) / 1000
    if (left < 1) return
    context.progress(`seed ${seed}`)
    const { ended, told } = await runSeed(launch, seed, left)
    if (ended.status !== 0 || told === null || told.failure !== undefined) {
      tally.fail(describeFailure(part, seed, ended, told))
      return
    }
    tally.count('steps', told.steps)
    if (told.faults > 0) tally.count('faults', told.faults)
  }
}

function modelPart(name: string, title: string, share: number, launchOf: () => Promise<Launch | string>): Part {
  return {
    name,
    title,
    share,
    async run(context) {
      const tally = new Tally()
      const launch = await launchOf()
      if (typeof launch === 'string') tally.note(launch)
      else await runSeeds(name, launch, context, tally)
      return tally
    },
  }
}

async function newest(): Promise<Launch | string> {
  const { runtimes, missing } = await oldestAndNewest(true)
  const last = runtimes.at(-1)
  if (last === undefined || last.program === process.execPath) return `not run: no Node.js ${missing.join(', ')}`
  return { variant: 'plain', program: last.program }
}

interface Sanitizing {
  buildSanitizedAddon: () => Promise<string>
  sanitizedEnvironment: (options?: { leaks: boolean }) => Promise<NodeJS.ProcessEnv | null>
}

async function sanitized(): Promise<Launch | string> {
  const { buildSanitizedAddon, sanitizedEnvironment } = (await importScript('sanitize-addon.mjs')) as Sanitizing
  const env = await sanitizedEnvironment()
  if (env === null) return 'not run: the compiler has no libasan and libubsan'
  await buildSanitizedAddon()
  return { variant: 'plain', env }
}

const LIMIT = 256 * 1024

/** Root is bound by no limit, or shares one with all its processes. */
async function limited(): Promise<Launch | string> {
  const user = ordinaryUser()
  if (user === null) return 'not run: needs the right to become another user'
  return { variant: 'limit', launcher: ['prlimit', `--memlock=${LIMIT}:${LIMIT}`, ...user] }
}

export const MODEL_PARTS: readonly Part[] = [
  modelPart('model', 'random calls of the whole API, beside a plain model', 5, async () => ({ variant: 'plain' })),
  modelPart('model-newest', 'the same on the newest Node.js', 2, newest),
  modelPart('model-mlock', 'the same where memfd_secret is refused', 1, async () => ({
    variant: 'plain',
    launcher: [built('seccomp_launcher'), 'ENOSYS', 'memfd_secret'],
  })),
  modelPart('model-heap', 'the same without the addon', 1, async () => ({ variant: 'heap' })),
  modelPart('model-limit', 'the same under 256 KiB of locked memory', 2, limited),
  modelPart('model-faults', 'the same, with system calls that fail', 2, async () =>
    existsSync(INJECTOR) ? { variant: 'faults', env: { LD_PRELOAD: INJECTOR } } : 'not run: no injector is built',
  ),
  modelPart('model-sanitized', 'the same under AddressSanitizer, UBSan and LeakSanitizer', 3, sanitized),
]
