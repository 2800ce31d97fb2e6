// A process with one system call of the addon refused: node out/test/faults/refuse.js CASE CHOICE, started with the injector in
// LD_PRELOAD. Each call that the case is about is refused once by its error number CHOICE. Prints what came of each, as JSON.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCopies } from '../../lib/audit'
import { configure, SecretBuffer, stats } from '../../lib/index'
import { open, toProcess, toWorker, type WorkerHandle } from '../../lib/share'
import { type Injector, loadInjector } from '../../stress/faults/injector'
import { MARKER } from '../../stress/faults/scenario'

export interface Told {
  code: string
  syscall: string
  message: string
}

export interface Outcome {
  /** Each error that was told; none: it worked. */
  told: Told[]
  /** Secrets that are there afterwards, more than before. */
  left: number
  /** Mappings that were given back with bytes in them. */
  unwiped: number
  reservedBytes: number
}

interface Case<State> {
  /** The call that is refused. */
  site: string
  /** Of those that act makes, which are refused, one a run, by their place in the sequence. Default: all of the site. */
  refused?(sites: readonly string[]): number[]
  /** All of its kind that follow, too. */
  persistent?: boolean
  prepare(): State
  /** Answers promises where more than one is told. */
  act(state: State): unknown
  finish(state: State, result: unknown): void
}

const SEALED = { sealed: true }
const define = <State>(one: Case<State>): Case<unknown> => one as Case<unknown>

const file = join(process.argv[4] ?? '/nowhere', 'file')
let wanted = 0

const CASES: Readonly<Record<string, Case<unknown>>> = {
  share: define<SecretBuffer>({
    site: 'mprotect',
    // What opens the old place to wipe it: the first after the id of the new one was made.
    refused: (sites) => [sites.indexOf('mprotect', sites.lastIndexOf('getrandom'))],
    prepare: () => SecretBuffer.from(MARKER, SEALED),
    act: (secret) => toWorker(secret),
    finish: (secret) => {
      const other = open(toWorker(secret) as WorkerHandle)
      if (!other.equals(MARKER)) throw new Error('Expected the secret to be shared all the same')
      other.dispose()
      secret.dispose()
    },
  }),
  toProcess: define<SecretBuffer>({
    site: 'munmap',
    prepare: () => SecretBuffer.from(MARKER),
    act: (secret) => toProcess(secret),
    finish: (secret, handle) => {
      ;(handle as Disposable | undefined)?.[Symbol.dispose]()
      secret.dispose()
    },
  }),
  findCopies: define<SecretBuffer>({
    site: 'malloc',
    prepare: () => SecretBuffer.random(32),
    act: (secret) => findCopies(secret),
    finish: (secret) => secret.dispose(),
  }),
  reserve: define({
    site: 'ftruncate',
    prepare: () => (wanted = stats().reservedBytes + 4096),
    act: () => configure({ reserveBytes: wanted }),
    finish: () => undefined,
  }),
  'reserve, sealed': define({
    site: 'mprotect',
    prepare: () => (wanted = stats().reservedBytes + 8192),
    act: () => configure({ reserveBytes: wanted, sealed: true }),
    finish: () => undefined,
  }),
  fromFileSync: define({
    site: 'mprotect',
    prepare: () => null,
    act: () => SecretBuffer.fromFileSync(file, SEALED),
    finish: (_state, secret) => (secret as SecretBuffer | undefined)?.dispose(),
  }),
  asyncDispose: define<{ secret: SecretBuffer; finish: () => void; used: Promise<void> }>({
    site: 'mprotect',
    // Where the secret is opened to be wiped.
    refused: (sites) => [sites.indexOf('mprotect')],
    persistent: true,
    prepare: () => {
      const secret = SecretBuffer.from(MARKER, SEALED)
      let finish = (): void => undefined
      const used = secret.use(() => new Promise<void>((resolve) => (finish = resolve)))
      return { secret, finish, used }
    },
    act: ({ secret, finish, used }) => {
      const over = secret[Symbol.asyncDispose]()
      finish()
      return Promise.allSettled([used, over])
    },
    finish: () => undefined,
  }),
}

function tell(error: unknown): Told {
  const { code = '', syscall = '', message = '' } = error as Partial<Told>
  return { code, syscall, message }
}

async function runOnce(injector: Injector, one: Case<unknown>, plan: readonly [number, number]) {
  const state = one.prepare()
  const before = stats().secrets
  injector.arm(plan[0], plan[1], one.persistent === true)
  const told: Told[] = []
  let result: unknown
  try {
    result = await one.act(state)
  } catch (error) {
    told.push(tell(error))
  }
  const report = injector.disarm()
  const settled = Array.isArray(result) ? (result as PromiseSettledResult<unknown>[]) : []
  for (const end of settled) if (end.status === 'rejected') told.push(tell(end.reason))
  const left = stats().secrets - before - (result instanceof SecretBuffer ? 1 : 0)
  const { reservedBytes } = stats()
  one.finish(state, result)
  return { report, outcome: { told, left, unwiped: injector.settle(), reservedBytes } satisfies Outcome }
}

async function main(name: string, choice: number): Promise<void> {
  const one = CASES[name]
  if (one === undefined) throw new Error(`Expected a case but received ${name}`)
  if (name === 'fromFileSync') writeFileSync(file, MARKER)
  // Keep the arenas' first chunks.
  const kept = [SecretBuffer.alloc(1, { sealed: false }), SecretBuffer.alloc(1, SEALED)]
  const injector = loadInjector()
  // What only a first time needs is there then.
  await runOnce(injector, one, [0, 0])
  const { report } = await runOnce(injector, one, [0, 0])
  const sites = injector.recorded(report.calls)
  const refused = one.refused?.(sites) ?? sites.flatMap((site, at) => (site === one.site ? [at] : []))
  const outcomes: Outcome[] = []
  for (const at of refused) {
    const { report: last, outcome } = await runOnce(injector, one, [at + 1, choice])
    // The calls of another run may be others.
    if (last.site === one.site) outcomes.push(outcome)
  }
  for (const secret of kept) secret.destroy()
  process.stdout.write(JSON.stringify(outcomes))
}

if (require.main === module) void main(process.argv[2] ?? '', Number(process.argv[3]))
