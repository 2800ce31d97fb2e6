import t from 'tap'
import type { Stats } from '../../lib/stats'
import { has, LINUX, MEMFD_SECRET, ROOT } from './run-child'
import { type Outcome, runSteps, type Step, valueOf } from './run-steps'

// Each child has a user id of its own: newer kernels count locked memory by user, across processes.
const lacking = !LINUX ? 'Linux' : !ROOT ? 'root' : !has('setpriv') || !has('prlimit') ? 'prlimit and setpriv' : null
const skip = { skip: lacking === null ? false : `needs ${lacking}` }
const secretSkip = { skip: skip.skip === false && !MEMFD_SECRET ? 'needs memfd_secret' : skip.skip }
const KIB = 1024

let nextUser = 62_000

function launcher(...limits: string[]): string[] {
  const user = String(nextUser++)
  return ['prlimit', ...limits, 'setpriv', `--reuid=${user}`, '--regid=65534', '--clear-groups', '--']
}

/** As an unprivileged user, for whom the limits hold. */
async function limited(limits: string[], steps: readonly Step[]): Promise<Outcome[]> {
  return (await runSteps(steps, { launcher: launcher(...limits), nodeOptions: ['--expose-gc'] })).outcomes
}

/** What ended a step that makes secrets until it cannot, and how many it made. */
const ended = (outcome: Outcome | undefined): Outcome => (outcome?.value ?? {}) as Outcome

const FILL = ['fillUp', 32, false] as const
const AFTER: readonly Step[] = [['alloc'], ['disposeAll'], ['collect'], ['alloc'], FILL]

for (const limit of [64 * KIB, 1024 * KIB]) {
  t.test(`${limit} bytes of locked memory`, skip, async (t) => {
    const outcomes = await limited([`--memlock=${limit}:${limit}`], [FILL, ['stats'], ...AFTER])
    const [first, counted, refused, , , again, second] = outcomes
    const full = ended(first)
    const refilled = ended(second)
    t.match(full, {
      code: 'ERR_MEMFD_SECRET_LIMIT',
      message: /^Expected room for 32 bytes for a secret but received E[A-Z]+ from [a-z_]+: the limit of locked memory/,
      syscall: String,
      hint: String,
    })
    t.match(full.message, `RLIMIT_MEMLOCK, ${limit} bytes`, 'says the limit')
    t.match(full.message, `take ${valueOf<Stats>(counted).lockedBytes} bytes`, 'says what is used')
    t.match(full.message, 'other processes of the same user count too')
    t.match(full.hint, /Dispose secrets/)
    t.ok((full.errno ?? 0) < 0)
    const made = full.value as number
    t.match(counted?.value, { secrets: made, bytes: made * 32, limitBytes: limit })
    t.ok(valueOf<Stats>(counted).lockedBytes <= limit)
    // 48 bytes each, but for the free slots of sizes that stay, and of the chunk that would not fit.
    t.ok(made * 48 > limit / 2, `${made} secrets fit`)
    t.equal(refused?.code, 'ERR_MEMFD_SECRET_LIMIT', 'still')
    t.equal(again?.code, undefined, 'works again once they are disposed')
    t.ok((refilled.value as number) >= made - 64, `as many again: ${String(refilled.value)} after ${made}`)
  })
}

t.test('large secrets', skip, async (t) => {
  const limit = 256 * KIB
  const outcomes = await limited(
    [`--memlock=${limit}:${limit}`],
    [
      ['size', limit + 1],
      ['size', 2 ** 31 - 1],
      ['fillUp', 40_000, false],
      ['disposeAll'],
      ['size', 200_000],
      ['alloc'],
    ],
  )
  const [over, huge, filled, , large, small] = outcomes
  const full = ended(filled)
  for (const outcome of [over, huge, full]) {
    t.equal(outcome?.code, 'ERR_MEMFD_SECRET_LIMIT', String(outcome?.message))
    t.match(outcome?.message, 'RLIMIT_MEMLOCK')
  }
  t.match(huge?.message, '2147483647 bytes')
  t.ok((full.value as number) >= 5)
  t.equal(large?.code, undefined, 'given back')
  t.equal(small?.code, undefined)
})

t.test('a file that does not fit', skip, async (t) => {
  const options = { maxBytes: 100_000_000 }
  const steps: Step[] = [['fileSync', process.execPath, options], ['stats'], ['alloc']]
  const [refused, counted, made] = await limited([`--memlock=${64 * KIB}:${64 * KIB}`], steps)
  t.equal(refused?.code, 'ERR_MEMFD_SECRET_LIMIT')
  t.match(counted?.value, { secrets: 0 })
  t.equal(made?.code, undefined)
})

t.test('no locked memory at all is a limit, not a fallback to the heap', skip, async (t) => {
  const report = await runSteps([['alloc'], ['alloc', { minBacking: 'heap' }]], { launcher: launcher('--memlock=0:0') })
  for (const outcome of report.outcomes) {
    t.match(outcome.code, /^ERR_MEMFD_SECRET_(LIMIT|UNAVAILABLE)$/, String(outcome.message))
    t.match(outcome.message, /limit/i)
  }
  t.notOk(report.warnings.some(({ message }) => message.includes('heap only')))
})

t.test('a reserve over the limit', skip, async (t) => {
  const limit = 128 * KIB
  const steps: Step[] = [
    ['configure', { reserveBytes: 1024 * KIB }],
    ['configure', {}],
    ['alloc'],
    ['configure', { reserveBytes: 32 * KIB }],
  ]
  const [refused, policy, made, smaller] = await limited([`--memlock=${limit}:${limit}`], steps)
  t.equal(refused?.code, 'ERR_MEMFD_SECRET_LIMIT')
  t.match(refused?.message, `${1024 * KIB} bytes`)
  t.match(policy?.value, { reserveBytes: 0 }, 'not noted')
  t.equal(made?.code, undefined)
  t.match(smaller?.value, { reserveBytes: 32 * KIB })
})

t.test('no descriptor left', secretSkip, async (t) => {
  // A slot of a chunk that is there needs none; a mapping of its own does.
  const steps: Step[] = [
    ['alloc'],
    ['exhaustDescriptors'],
    ['alloc', { isolated: true }],
    ['alloc'],
    ['map', 4096],
    ['size', 100_000],
  ]
  const outcomes = await limited(['--nofile=64:64'], steps)
  const [first, exhausted, refused, shared, raw, large] = outcomes
  t.equal(first?.code, undefined)
  t.equal(exhausted?.value, 63)
  for (const outcome of [refused, large]) {
    t.match(outcome, { code: 'ERR_MEMFD_SECRET_LIMIT', syscall: 'memfd_secret', errno: -24 })
    t.match(outcome?.message, /RLIMIT_NOFILE/)
    t.match(outcome?.hint, /ulimit -n|descriptors/)
  }
  t.equal(shared?.code, undefined, 'the process lives on')
  t.match(raw, { code: 'EMFILE', syscall: 'memfd_secret' })
})

t.test('no descriptor left for the very first secret', secretSkip, async (t) => {
  const report = await runSteps([['exhaustDescriptors'], ['alloc'], ['alloc']], {
    launcher: launcher('--nofile=64:64'),
  })
  for (const outcome of report.outcomes.slice(1)) {
    t.match(outcome, { code: 'ERR_MEMFD_SECRET_LIMIT', message: /EMFILE/ }, 'an error, never a weaker backing')
  }
  t.same(report.warnings, [])
})

t.test('raw.map over the limit', secretSkip, async (t) => {
  const limit = 64 * KIB
  const [over, under] = await limited(
    [`--memlock=${limit}:${limit}`],
    [
      ['map', limit + 4096],
      ['map', 4096],
    ],
  )
  t.match(over, { code: /^(EAGAIN|EFAULT)$/, syscall: /^(mmap|prefault)$/ })
  t.match(over?.message, /^E[A-Z]+: .+, (mmap|prefault)$/)
  t.equal(under?.value, 4096)
})

t.test('a limit is told on the diagnostics channel', skip, async (t) => {
  const steps: Step[] = [['size', 1024 * KIB]]
  const { published } = await runSteps(steps, { launcher: launcher(`--memlock=${64 * KIB}:${64 * KIB}`) })
  t.match(published.limit, [{ byteLength: 1024 * KIB, errno: Number, syscall: String }])
})
