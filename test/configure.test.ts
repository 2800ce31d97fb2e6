import t from 'tap'
import { configure, type Policy, probe, stats } from '../lib/index'
import { evaluate, filtered, limited, ordinaryUser } from './detection/refusing'

const { memfdSecret, kernel } = probe()
const skip = memfdSecret.reason === null ? false : `memfd_secret does not serve on this kernel: ${memfdSecret.reason}`

t.test('arguments', async (t) => {
  const wrong: [unknown, string][] = [
    [null, 'ERR_INVALID_ARG_TYPE'],
    ['strict', 'ERR_INVALID_ARG_TYPE'],
    [{ minBacking: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ minBacking: 'best' }, 'ERR_INVALID_ARG_VALUE'],
    [{ sealed: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ reserveBytes: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ reserveBytes: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ reserveBytes: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ reserveBytes: Infinity }, 'ERR_OUT_OF_RANGE'],
  ]
  for (const [policy, code] of wrong) {
    t.throws(
      () => configure(policy as Partial<Policy>),
      { code, message: /^Expected .* for policy/ },
      JSON.stringify(policy),
    )
  }
  t.match(configure({}), { sealed: false, reserveBytes: 0 }, 'and nothing was changed')
})

t.test('tightens, any number of times, and never loosens', async (t) => {
  const told = evaluate<{ steps: Policy[]; refused: (string | null)[]; after: Policy }>(`
    const steps = [{}, { minBacking: 'mlock' }, { minBacking: 'memfd_secret' }, { minBacking: 'memfd_secret', sealed: true }, {}].map(lib.configure)
    const refused = [{ minBacking: 'mlock' }, { minBacking: 'heap' }, { sealed: false }, { minBacking: 'mlock', sealed: true }]
      .map((policy) => codeOf(() => lib.configure(policy)))
    answer({ steps, refused, after: lib.configure({}) })`)
  t.same(
    told.steps.map(({ minBacking }) => minBacking),
    ['mlock', 'mlock', 'memfd_secret', 'memfd_secret', 'memfd_secret'],
  )
  t.same(
    told.steps.map(({ sealed }) => sealed),
    [false, false, false, true, true],
  )
  t.same(new Set(told.refused), new Set(['ERR_MEMFD_SECRET_POLICY']))
  t.match(told.after, { minBacking: 'memfd_secret', sealed: true })
})

t.test('the environment tightens too', async (t) => {
  const env = { MEMFD_SECRET_MIN_BACKING: 'memfd_secret' }
  const script = `answer([codeOf(() => lib.configure({ minBacking: 'mlock' })), lib.configure({}).minBacking])`
  t.same(evaluate(script, { env }), ['ERR_MEMFD_SECRET_POLICY', 'memfd_secret'])
  const lax = { env: { MEMFD_SECRET_MIN_BACKING: 'heap' } }
  t.equal(evaluate('answer(lib.configure({}).minBacking)', lax), 'mlock', 'heap loosens nothing')
  const wrong = { env: { MEMFD_SECRET_MIN_BACKING: 'best' } }
  t.equal(evaluate('answer(codeOf(() => lib.SecretBuffer.alloc(1)))', wrong), 'ERR_INVALID_ARG_VALUE')
})

t.test('a stricter policy is what no caller can go below', { skip }, async (t) => {
  const launchers = [filtered('EPERM', 'memfd_secret')]
  const script = `
    const before = lib.SecretBuffer.alloc(1).backing
    const configured = codeOf(() => lib.configure({ minBacking: 'memfd_secret' }))
    answer([before, configured, codeOf(() => lib.SecretBuffer.alloc(1)), codeOf(() => lib.SecretBuffer.alloc(1, { minBacking: 'heap' }))])`
  const unavailable = 'ERR_MEMFD_SECRET_UNAVAILABLE'
  t.same(evaluate(script, { launchers }), ['mlock', unavailable, unavailable, unavailable])
})

t.test('reserveBytes is taken at once, and never given back', { skip }, async (t) => {
  const told = evaluate<{ policy: Policy; at: number[] }>(`
    const policy = lib.configure({ reserveBytes: 300_000 })
    const at = [lib.stats().reservedBytes, lib.stats().lockedBytes]
    const secrets = Array.from({ length: 5000 }, () => lib.SecretBuffer.random(32))
    at.push(lib.stats().lockedBytes)
    for (const secret of secrets) secret.dispose()
    at.push(lib.stats().reservedBytes)
    lib.configure({ reserveBytes: 300_000 })
    at.push(lib.stats().reservedBytes)
    answer({ policy, at })`)
  t.equal(told.policy.reserveBytes, 300_000)
  const reserved = 303_104
  t.same(
    told.at,
    [reserved, reserved, reserved, reserved, reserved],
    'whole pages, enough for 5000 secrets of 32 bytes',
  )
})

t.test(
  'a reserve that meets the limit',
  { skip: skip || (ordinaryUser() === null && 'no ordinary user') },
  async (t) => {
    const launchers = [limited(65_536), ordinaryUser() ?? []]
    const told = evaluate<{ error: Record<string, unknown>; heard: unknown[]; after: Policy; backing: string }>(
      `
    const heard = []
    require('node:diagnostics_channel').subscribe('memfd-secret:limit', (message) => heard.push(message))
    let error
    try { lib.configure({ reserveBytes: 131_072 }) } catch ({ code, message, hint, errno, syscall }) { error = { code, message, hint, errno, syscall } }
    answer({ error, heard, after: lib.configure({}), backing: lib.SecretBuffer.alloc(32).backing })`,
      { launchers },
    )
    const syscall = kernel.accounting === 'at-touch' ? 'prefault' : 'mmap'
    t.match(told.error, { code: 'ERR_MEMFD_SECRET_LIMIT', message: /65536 bytes/, hint: /67108864|64M/, syscall })
    t.match(told.heard, [{ byteLength: 131_072, syscall }])
    t.equal(told.after.reserveBytes, 0)
    t.equal(told.backing, 'memfd_secret')
  },
)

t.test('a reserve for sealed secrets is taken whole or not at all', { skip }, async (t) => {
  const told = evaluate(`
    require(${JSON.stringify(require.resolve('./fixtures/lower-memlock'))}).lowerMemlock(65_536)
    const refused = codeOf(() => lib.configure({ sealed: true, reserveBytes: 98_304 }))
    const { reservedBytes, lockedBytes } = lib.stats()
    lib.configure({ reserveBytes: 49_152 })
    const secrets = Array.from({ length: 12 }, () => lib.SecretBuffer.random(2000))
    secrets[0].use(() => undefined)
    answer([refused, reservedBytes, lockedBytes, lib.stats().reservedBytes, lib.stats().lockedBytes])`)
  t.same(told, ['ERR_MEMFD_SECRET_LIMIT', 0, 0, 49_152, 49_152])
})

t.test('sealing reaches every thread, from whichever it was asked for', { skip }, async (t) => {
  const script = `
    const { Worker } = require('node:worker_threads')
    const library = Object.values(require.cache).find((module) => module.exports === lib).filename
    const inWorker = (code) => new Promise((resolve) => new Worker(
      'const lib = require(require("node:worker_threads").workerData);' + code, { eval: true, workerData: library })
      .once('message', resolve))
    const post = 'require("node:worker_threads").parentPort.postMessage'
    const before = lib.SecretBuffer.alloc(1).sealed
    inWorker('lib.configure({ sealed: true });' + post + '(0)').then(() => {
      const after = [lib.SecretBuffer.alloc(1).sealed, lib.configure({}).sealed, codeOf(() => lib.configure({ sealed: false }))]
      inWorker(post + '([lib.SecretBuffer.alloc(1).sealed, lib.configure({}).sealed])').then((inOther) => answer([before, after, inOther]))
    })`
  t.same(evaluate(script), [false, [true, true, 'ERR_MEMFD_SECRET_POLICY'], [true, true]])
})

t.test('a worker is held to the policy of the main thread', { skip }, async (t) => {
  const told = evaluate<string>(`
    lib.configure({ minBacking: 'memfd_secret' })
    const { Worker } = require('node:worker_threads')
    const library = Object.values(require.cache).find((module) => module.exports === lib).filename
    const source = 'const { parentPort, workerData } = require("node:worker_threads"); parentPort.postMessage(require(workerData).configure({}).minBacking)'
    new Worker(source, { eval: true, workerData: library }).once('message', answer)`)
  t.equal(told, 'memfd_secret')
})

t.test('stats(): every number', { skip }, async (t) => {
  const empty = stats()
  t.same(Object.keys(empty).sort(), [
    'bytes',
    'collectedUndisposed',
    'fallbacks',
    'freeSlotBytes',
    'limitBytes',
    'lockedBytes',
    'pendingDisposals',
    'quarantinedBytes',
    'reservedBytes',
    'secrets',
  ])
  const told = evaluate<Record<'none' | 'two' | 'pending' | 'viewed' | 'gone', Record<string, number>>>(
    `
    const seen = { none: lib.stats() }
    const one = lib.SecretBuffer.random(32), other = lib.SecretBuffer.random(5000)
    seen.two = lib.stats()
    let finish
    const use = one.use(() => new Promise((resolve) => { finish = resolve }))
    one.dispose()
    seen.pending = lib.stats()
    finish()
    use.then(() => {
      other.use(() => undefined)
      other.dispose()
      seen.viewed = lib.stats()
      setTimeout(() => { gc(); setImmediate(() => { seen.gone = lib.stats(); answer(seen) }) })
    })`,
    { flags: ['--expose-gc'], launchers: [['prlimit', '--memlock=1048576:1048576']] },
  )
  const { none, two, pending, viewed, gone } = told
  t.match(none, { secrets: 0, bytes: 0, lockedBytes: 0, limitBytes: 1_048_576, freeSlotBytes: 0, fallbacks: 0 })
  t.match(two, { secrets: 2, bytes: 5032, lockedBytes: 16_384 + 8192, quarantinedBytes: 0, pendingDisposals: 0 })
  t.equal(two['freeSlotBytes'], 16_384 - 48)
  t.match(pending, { secrets: 2, pendingDisposals: 1 })
  t.match(viewed, { secrets: 0, bytes: 0, pendingDisposals: 0, collectedUndisposed: 0 })
  t.ok((viewed['quarantinedBytes'] ?? 0) >= 48, 'a slot that a view was made of waits for the collector')
  t.match(gone, { quarantinedBytes: 0, lockedBytes: 16_384, freeSlotBytes: 16_384 })
})

t.test('stats(): the fallback counts', { skip }, async (t) => {
  const launchers = [filtered('ENOSYS', 'memfd_secret')]
  const script = `const before = lib.stats().fallbacks; lib.SecretBuffer.alloc(1); answer([before, lib.stats().fallbacks])`
  t.same(evaluate(script, { launchers }), [0, 1])
})
