import t, { type Test } from 'tap'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { collectUntil, turn } from '../collect-garbage'

const DISPOSED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_DISPOSED' }

/** At the end of each test: all is given back. */
function assertNothingLeft(t: Test): void {
  t.match(stats(), { secrets: 0, bytes: 0, pendingDisposals: 0 })
}

void t.test('dispose inside use: the view lives until the end of fn', async (t) => {
  const secret = SecretBuffer.from('key')
  let kept: SecretView | undefined
  const answer = secret.use((bytes) => {
    kept = bytes
    secret.dispose()
    t.equal(secret.disposed, true)
    t.throws(() => secret.use(() => 0), DISPOSED)
    t.throws(() => secret.bytes, DISPOSED)
    secret.dispose()
    return bytes.toString()
  })
  t.equal(answer, 'key')
  t.equal(kept?.length, 0)
  assertNothingLeft(t)
})

void t.test('destroy inside use: the view is detached under fn, and nothing else gets its memory', async (t) => {
  const secret = SecretBuffer.from('key')
  secret.use((bytes) => {
    secret.destroy()
    t.equal(bytes.length, 0)
    const others = Array.from({ length: 200 }, () => SecretBuffer.from('abc'))
    bytes[0] = 0xff
    t.ok(others.every((other) => other.revealString() === 'abc'))
    for (const other of others) other.dispose()
  })
  t.equal(secret.disposed, true)
  assertNothingLeft(t)
})

void t.test('destroy inside use, and then fn throws', async (t) => {
  const secret = SecretBuffer.from('key')
  t.throws(
    () =>
      secret.use(() => {
        secret.destroy()
        throw new Error('of fn')
      }),
    /of fn/,
  )
  assertNothingLeft(t)
})

void t.test('dispose inside the inner of nested uses waits for the outer', async (t) => {
  const secret = SecretBuffer.from('key')
  secret.use((outer) => {
    secret.use((inner) => {
      secret.dispose()
      t.equal(inner.toString(), 'key')
    })
    t.equal(outer.toString(), 'key')
  })
  assertNothingLeft(t)
})

void t.test('destroy inside the inner of nested uses', async (t) => {
  const secret = SecretBuffer.from('key')
  secret.use((outer) => {
    secret.use(() => secret.destroy())
    t.equal(outer.length, 0)
  })
  assertNothingLeft(t)
})

void t.test('asyncDispose inside use, sync and async', async (t) => {
  const secret = SecretBuffer.from('key')
  let over = false
  const disposal = secret.use((bytes) => {
    const waiting = secret[Symbol.asyncDispose]().then(() => (over = true))
    t.equal(bytes.toString(), 'key')
    return { waiting }
  })
  t.equal(over, false)
  await disposal.waiting
  t.equal(over, true)

  const other = SecretBuffer.from('key')
  let waiting: Promise<void> | undefined
  await other.use(async (bytes) => {
    waiting = other[Symbol.asyncDispose]()
    await turn()
    t.equal(bytes.toString(), 'key')
  })
  await waiting
  assertNothingLeft(t)
})

void t.test('two hundred nested uses, all of one secret or each of its own', async (t) => {
  const secret = SecretBuffer.from('key')
  const nest = (depth: number): number => (depth === 0 ? 0 : 1 + secret.use(() => nest(depth - 1)))
  t.equal(nest(200), 200)
  const each = (depth: number): number => {
    if (depth === 0) return 0
    using own = SecretBuffer.from('own')
    return own.use((bytes) => bytes.length + each(depth - 1))
  }
  t.equal(each(200), 600)
  secret.dispose()
  assertNothingLeft(t)
})

void t.test('a secret made, used and disposed in a then, a getter and a finalizer', async (t) => {
  const secret = SecretBuffer.from('key')
  const answer = await secret.use((bytes) => ({
    get then() {
      return (resolve: (value: string) => void) => {
        using made = SecretBuffer.from(bytes)
        resolve(made.revealString())
      }
    },
  }))
  t.equal(answer, 'key')
  let seen = ''
  const registry = new FinalizationRegistry(() => {
    using made = SecretBuffer.alloc(3)
    seen = secret.use((bytes) => bytes.toString()) + made.byteLength
  })
  ;(() => registry.register({}, 0))()
  t.ok(await collectUntil(() => seen !== ''))
  t.equal(seen, 'key3')
  secret.dispose()
  assertNothingLeft(t)
})

void t.test('fn that is called as another function: this, arguments', async (t) => {
  using secret = SecretBuffer.from('key')
  secret.use(function (this: unknown, ...given: unknown[]) {
    t.equal(this, undefined)
    t.equal(given.length, 1)
  })
})
