import { join } from 'node:path'
import { existsSync } from 'node:fs'
import t from 'tap'
import { ATTACKER, has, LINUX, PACKAGE, run } from './run-child'
import { type Report, runSteps, type Step, valueOf } from './run-steps'

type Assertions = Pick<typeof t, 'equal' | 'match' | 'same'>

const STEPS: readonly Step[] = [
  ['alloc'],
  ['alloc', { isolated: true }],
  ['alloc', { minBacking: 'memfd_secret' }],
  ['alloc', { minBacking: 'heap' }],
  ['worker', [['alloc'], ['alloc', { minBacking: 'memfd_secret' }]]],
  ['stats'],
  ['probe'],
  ['configure', { minBacking: 'memfd_secret' }],
  ['alloc'],
]

function checkMlock(t: Assertions, report: Report, why: RegExp): void {
  const [plain, isolated, refused, lenient, worker, stats, probed, configured, afterwards] = report.outcomes
  const made = { backing: 'mlock', text: 'a secret of this step' }
  for (const outcome of [plain, isolated, lenient]) t.same(outcome?.value, made, 'never weaker than mlock on Linux')
  t.match(refused, {
    code: 'ERR_MEMFD_SECRET_UNAVAILABLE',
    message: /^Expected the backing memfd_secret or stronger for a secret but received mlock: /,
    hint: String,
  })
  t.match(refused?.message, why)
  const [inWorker, refusedInWorker] = valueOf<Report['outcomes']>(worker)
  t.same(inWorker?.value, made)
  t.equal(refusedInWorker?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.match(stats?.value, { fallbacks: 1, secrets: 3 })
  t.equal(probed?.value, 'mlock')
  t.equal(configured?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.equal(afterwards?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE', 'and none is made from then on')

  t.equal(report.warnings.length, 1, `exactly one warning: ${JSON.stringify(report.warnings)}`)
  t.equal(report.warnings[0]?.code, 'MEMFD_SECRET_FALLBACK')
  t.match(report.warnings[0]?.message, /^Secrets are protected by mlock only: /)
  t.match(report.warnings[0]?.message, why)
  t.equal(report.published.fallback.length, 1)
  t.match(report.published.fallback[0], { backing: 'mlock' })
}

const straced = { skip: !LINUX || !has('strace') ? 'needs strace' : false }
for (const errno of ['ENOSYS', 'EPERM']) {
  t.test(`strace answers memfd_secret by ${errno}`, straced, async (t) => {
    const tracer = ['strace', '-f', '-qq', '-e', 'signal=none', '-e', 'trace=memfd_secret', '-o', '/dev/null']
    const probe = await run([...tracer, 'true'])
    // Inside some containers nobody may trace.
    if (probe.status !== 0) return void t.comment(`strace cannot trace here: ${probe.stderr}`)
    const launcher = [...tracer, '-e', `inject=memfd_secret:error=${errno}`]
    checkMlock(t, await runSteps(STEPS, { launcher }), new RegExp(errno))
  })
}

t.test('a seccomp filter answers memfd_secret by ENOSYS', { skip: !LINUX && 'needs Linux' }, async (t) => {
  checkMlock(t, await runSteps(STEPS, { launcher: [ATTACKER, 'refuse-memfd-secret', '--'] }), /ENOSYS/)
})

const LAUNCHER = join(PACKAGE, 'build', 'Release', 'seccomp_launcher')
const filtered = { skip: !existsSync(LAUNCHER) ? 'needs the launcher' : false }
for (const action of ['EPERM', 'TRAP', 'KILL_PROCESS']) {
  t.test(`a seccomp filter answers memfd_secret by ${action}: nobody dies`, filtered, async (t) => {
    checkMlock(t, await runSteps(STEPS, { launcher: [LAUNCHER, action, 'memfd_secret'] }), /seccomp/)
  })
}

t.test('mlock refused too: heap, only on request', filtered, async (t) => {
  const steps: Step[] = [['alloc'], ['alloc', { minBacking: 'heap' }], ['alloc', { minBacking: 'mlock' }], ['alloc']]
  const report = await runSteps(steps, { launcher: [LAUNCHER, 'EPERM', 'memfd_secret,mlock'] })
  const [refused, made, still, byDefault] = report.outcomes
  for (const outcome of [refused, still, byDefault]) t.equal(outcome?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.match(refused?.message, /^Expected the backing mlock or stronger for a secret but received heap: /)
  t.same(made?.value, { backing: 'heap', text: 'a secret of this step' })
  t.match(report.warnings, [{ code: 'MEMFD_SECRET_FALLBACK', message: /^Secrets are protected by heap only: / }])
  t.equal(report.warnings.length, 1)
})

t.test('where memfd_secret works there is no warning', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const report = await runSteps([['alloc'], ['probe']])
  if (report.outcomes[1]?.value !== 'memfd_secret') return void t.comment('no memfd_secret here')
  t.same(report.warnings, [])
  t.same(report.published.fallback, [])
})
