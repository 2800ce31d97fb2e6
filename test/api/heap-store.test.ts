import t from 'tap'
import { heapStore } from '../../lib/heap-store'
import { child, LINUX } from './run-child'
import { runSteps, type Step } from './run-steps'
import { refuses } from './thrown'

const otherPlatform = { nodeOptions: ['-r', child('other-platform')] }
const brokenAddon = { nodeOptions: ['-r', child('broken-addon')] }
const made = { backing: 'heap', text: 'a secret of this step' }

t.test('another platform: heap by default, with one warning', async (t) => {
  const steps: Step[] = [
    ['alloc'],
    ['alloc', { isolated: true }],
    ['configure', {}],
    ['stats'],
    ['probe'],
    ['alloc', { minBacking: 'mlock' }],
    ['map', 4096],
    ['configure', { minBacking: 'mlock' }],
    ['alloc'],
  ]
  const report = await runSteps(steps, otherPlatform)
  const [plain, isolated, policy, stats, probed, refused, raw, tightened, afterwards] = report.outcomes
  t.same(plain?.value, made)
  t.same(isolated?.value, made)
  t.same(policy?.value, { minBacking: 'heap', sealed: false, reserveBytes: 0 })
  t.match(stats?.value, { secrets: 2, bytes: 42, lockedBytes: 0, fallbacks: 1 })
  t.equal(probed?.value, 'heap')
  t.match(refused, { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: /^Expected the backing mlock or stronger.*heap/ })
  t.match(raw, { code: 'ENOSYS', syscall: 'memfd_secret' }, 'raw has nothing to stand in for it')
  t.equal(tightened?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.equal(afterwards?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE', 'none is made from then on')
  t.match(report.warnings, [
    { code: 'MEMFD_SECRET_FALLBACK', message: /^Secrets are protected by heap only: .*darwin/ },
  ])
  t.equal(report.warnings.length, 1)
  t.match(report.published.fallback, [{ backing: 'heap' }])
})

t.test('Linux without the addon: refused, but on request', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const steps: Step[] = [
    ['alloc'],
    ['alloc', { minBacking: 'heap' }],
    ['alloc'],
    ['configure', {}],
    ['stats'],
    ['probe'],
  ]
  const report = await runSteps(steps, brokenAddon)
  const [refused, onRequest, still, policy, stats, probed] = report.outcomes
  for (const outcome of [refused, still]) {
    t.match(outcome, { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', hint: String })
    t.match(outcome?.message, /^Expected the backing mlock or stronger for a secret but received heap: /)
    t.match(outcome?.message, 'Expected an addon for this test', 'says why')
  }
  t.same(onRequest?.value, made)
  t.match(policy?.value, { minBacking: 'mlock' })
  t.match(stats?.value, { secrets: 1, fallbacks: 1 })
  t.equal(probed?.value, 'heap')
  t.equal(report.warnings.length, 1)
})

t.test('the environment tightens here too', async (t) => {
  const env = { MEMFD_SECRET_MIN_BACKING: 'memfd_secret' }
  const { outcomes } = await runSteps([['alloc'], ['alloc', { minBacking: 'heap' }]], { ...otherPlatform, env })
  for (const { code } of outcomes) t.equal(code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
})

t.test('a secret that does not fit in the heap', async (t) => {
  const error = refuses(() => heapStore.allocate(0, 2 ** 53, false, false), 'ERR_MEMFD_SECRET_LIMIT', 'allocate')
  t.match(error.hint, /Dispose secrets/)
})
