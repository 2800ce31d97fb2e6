import t from 'tap'
import { unmet } from '../lib/assert-support'
import { assertSupport, type Backing, probe, SecretMemoryError } from '../lib/index'
import { evaluate, filtered, limited, ordinaryUser } from './detection/refusing'
import { FALLEN_BACK, simulateSupport } from './doctor/simulated'

const { reason } = probe().memfdSecret
const skip = reason === null ? false : `memfd_secret does not serve on this kernel: ${reason}`

interface Thrown {
  code: string
  message: string
  hint: string
  name: string
}

const ASSERT = (options: string) => `
  try { answer({ backing: lib.assertSupport(${options}).backing }) }
  catch ({ name, code, message, hint }) { answer({ name, code, message, hint }) }`

t.test('what is unmet, and in which words', async (t) => {
  const met = simulateSupport()
  const fallen = simulateSupport(FALLEN_BACK)
  t.equal(unmet(met, 'memfd_secret', true), null)
  t.equal(unmet(fallen, 'mlock', false), null)
  const weaker = unmet(fallen, 'memfd_secret', false)
  t.ok(weaker instanceof SecretMemoryError)
  t.match(weaker, {
    code: 'ERR_MEMFD_SECRET_UNAVAILABLE',
    message:
      /^Expected the backing memfd_secret or stronger for secrets but received mlock: not-enabled, ENOSYS \(tried: .*\)\. Turn it on/,
    hint: 'Turn it on: secretmem.enable=1',
  })
  const bare = { ...met, preload: { ...met.preload, active: false } }
  t.equal(unmet(bare, 'memfd_secret', false), null)
  t.match(unmet(bare, 'memfd_secret', true), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', hint: /memfd-secret run/ })
  const full = { available: false, reason: 'memlock-limit', errno: 'EAGAIN', hint: 'Raise it', evidence: [] } as const
  const limit = unmet(simulateSupport({ memfdSecret: full }), 'mlock', false)
  t.match(limit, { code: 'ERR_MEMFD_SECRET_LIMIT', message: /memlock-limit, EAGAIN/, hint: 'Raise it' })
})

t.test('answers what probe() answers', async (t) => {
  t.same(assertSupport({ minBacking: 'heap' }), probe())
  t.throws(() => assertSupport({ minBacking: 'best' as Backing }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => assertSupport({ minBacking: 1 as unknown as Backing }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => assertSupport({ preload: 'yes' as unknown as boolean }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => assertSupport(null as unknown as object), { code: 'ERR_INVALID_ARG_TYPE' })
})

t.test('a process under a filter', { skip }, async (t) => {
  const launchers = [filtered('KILL_PROCESS', 'memfd_secret')]
  t.same(evaluate(ASSERT('{}'), { launchers }), { backing: 'mlock' })
  const thrown = evaluate<Thrown>(ASSERT("{ minBacking: 'memfd_secret' }"), { launchers })
  t.match(thrown, { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: /seccomp.*SIGSYS/ })
  t.ok(thrown.message.endsWith(thrown.hint), 'the hint is in the message')
  const strict = { launchers, env: { MEMFD_SECRET_MIN_BACKING: 'memfd_secret' } }
  t.match(evaluate(ASSERT('{}'), strict), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE' }, "the environment's policy holds")
  t.match(evaluate(ASSERT("{ minBacking: 'mlock' }"), strict), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE' })
})

t.test(
  'a process without room for one secret',
  { skip: skip || (ordinaryUser() === null && 'no ordinary user') },
  async (t) => {
    const launchers = [limited(0), ordinaryUser() ?? []]
    const thrown = evaluate<Thrown>(ASSERT("{ minBacking: 'mlock' }"), { launchers })
    t.match(thrown, { code: 'ERR_MEMFD_SECRET_LIMIT', message: /RLIMIT_MEMLOCK is 0 bytes/, hint: /67108864|64M/ })
  },
)

t.test('the preload library', async (t) => {
  const script = ASSERT("{ minBacking: 'heap', preload: true }")
  t.match(evaluate(script), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', hint: /memfd-secret run -- node/ })
})
