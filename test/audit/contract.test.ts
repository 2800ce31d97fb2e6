import { Worker } from 'node:worker_threads'
import t from 'tap'
import { findCopies } from '../../lib/audit'
import { SecretBuffer } from '../../lib/index'
import { DISPOSED, INVALID_TYPE, INVALID_VALUE, OUT_OF_RANGE, rejects } from '../api/thrown'
import { mappedSecretBytes } from '../secret-mappings'
import { AUDIT, LIBRARY, skip } from './here'

// Generous: a busy machine reads much memory slowly.
t.setTimeout(240_000)

t.test('what is no secret', { skip }, async (t) => {
  for (const value of [undefined, null, 'secret', 32, {}, Buffer.alloc(32), Object.create(SecretBuffer.prototype)]) {
    const error = await rejects(findCopies(value as never), INVALID_TYPE, typeof value)
    t.match(error.message, /SecretBuffer/)
  }
})

t.test('what are no options', { skip }, async () => {
  const secret = SecretBuffer.random(32)
  await rejects(findCopies(secret, null as never), INVALID_TYPE, 'null')
  await rejects(findCopies(secret, 'raw' as never), INVALID_TYPE, 'a string')
  await rejects(findCopies(secret, { encodings: 'raw' as never }), INVALID_TYPE, 'no array')
  await rejects(findCopies(secret, { encodings: [] }), INVALID_VALUE, 'none')
  await rejects(findCopies(secret, { encodings: ['raw', 7 as never] }), INVALID_TYPE, 'a number')
  await rejects(findCopies(secret, { encodings: ['rot13' as never] }), INVALID_VALUE, 'another encoding')
  await rejects(findCopies(secret, { encodings: ['constructor' as never] }), INVALID_VALUE, 'an inherited name')
  await rejects(findCopies(secret, { signal: {} as never }), INVALID_TYPE, 'no signal')
})

t.test('a secret that would be met by chance', { skip }, async (t) => {
  for (const byteLength of [1, 7]) {
    const error = await rejects(findCopies(SecretBuffer.random(byteLength)), OUT_OF_RANGE, `${byteLength} bytes`)
    t.match(error.message, `received ${byteLength}`)
  }
})

t.test('a disposed secret', { skip }, async () => {
  const secret = SecretBuffer.random(32)
  secret.dispose()
  await rejects(findCopies(secret), DISPOSED, 'before')
  const busy = SecretBuffer.random(32)
  const using = busy.use(async () => {
    busy.dispose()
    await rejects(findCopies(busy), DISPOSED, 'while a use is open')
  })
  await using
})

t.test('a secret that is disposed meanwhile', { skip }, async (t) => {
  const secret = SecretBuffer.random(32)
  const copy = secret.use((view) => Buffer.from(view))
  const found = findCopies(secret)
  secret.destroy()
  t.match(await found, [{ encoding: 'raw' }], 'the search has its own')
  copy.fill(0)
})

t.test('abort', { skip }, async (t) => {
  const secret = SecretBuffer.random(32)
  const before = mappedSecretBytes()
  const reason = new Error('enough')
  t.equal(await findCopies(secret, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error), reason)
  const plain = await findCopies(secret, { signal: AbortSignal.abort() }).catch((error: unknown) => error)
  t.match(plain, { name: 'AbortError' })
  for (const abortSoon of [(act: () => void) => act(), queueMicrotask, setImmediate]) {
    const controller = new AbortController()
    const searching = findCopies(secret, { signal: controller.signal })
    abortSoon(() => controller.abort(reason))
    t.equal(await searching.catch((error: unknown) => error), reason, 'while it runs')
  }
  // More than the threads of the pool: some wait for one, and are taken out of the queue.
  const controller = new AbortController()
  const many = Array.from({ length: 8 }, () =>
    findCopies(secret, { signal: controller.signal }).catch((error: unknown) => error),
  )
  controller.abort(reason)
  t.ok((await Promise.all(many)).every((error) => error === reason))
  t.equal(mappedSecretBytes(), before, 'the pages of all searches were given back')
  const unused = new AbortController()
  t.strictSame(await findCopies(secret, { signal: unused.signal }), [], 'a signal that is never used')
})

t.test('searches at the same time', { skip }, async (t) => {
  const before = mappedSecretBytes()
  const secrets = Array.from({ length: 6 }, () => SecretBuffer.random(32))
  const copies = secrets.map((secret, i) => (i % 2 === 0 ? secret.use((view) => Buffer.from(view)) : null))
  const found = await Promise.all(secrets.map((secret) => findCopies(secret)))
  t.strictSame(
    found.map(({ length }) => length),
    [1, 0, 1, 0, 1, 0],
    'none finds what another holds',
  )
  const [first = SecretBuffer.random(32)] = secrets
  const twice = await Promise.all([findCopies(first), findCopies(first)])
  const [one, other] = twice.map((list) => list.map(({ address, encoding }) => `${address} ${encoding}`))
  t.strictSame(one, other)
  for (const copy of copies) copy?.fill(0)
  for (const secret of secrets) secret.dispose()
  t.ok(mappedSecretBytes() <= before + 2 ** 17, 'no search keeps its pages')
})

t.test('the event loop runs meanwhile', { skip }, async (t) => {
  const order: string[] = []
  const searching = findCopies(SecretBuffer.random(32)).then(() => order.push('found'))
  await new Promise((resolve) => setImmediate(resolve))
  order.push('turn')
  await searching
  t.strictSame(order, ['turn', 'found'])
})

t.test('a worker that is terminated while it searches', { skip }, async (t) => {
  const before = mappedSecretBytes()
  for (let i = 0; i < 2; ++i) {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       const { SecretBuffer } = require(${JSON.stringify(LIBRARY)})
       const { findCopies } = require(${JSON.stringify(AUDIT)})
       const secret = SecretBuffer.random(32)
       for (let i = 0; i < 2; ++i) findCopies(secret)
       // Alive until it is terminated, which the exit code is to tell.
       setInterval(() => undefined, 1 << 30)
       parentPort.postMessage('searching')`,
      { eval: true },
    )
    await new Promise((resolve) => worker.once('message', resolve))
    t.equal(await worker.terminate(), 1)
  }
  t.ok(mappedSecretBytes() <= before, 'wiped and given back')
})
