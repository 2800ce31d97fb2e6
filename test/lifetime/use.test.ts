import t from 'tap'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'

const CONTENTS = Buffer.from('0123456789abcdef')

const make = (): SecretBuffer => SecretBuffer.from(CONTENTS)

void t.test('a view is a Buffer over exactly the bytes of the secret', async (t) => {
  for (const byteLength of [1, 15, 16, 17, 31, 32, 33, 100, 2031, 2032, 2033, 4096, 5000, 70_000]) {
    for (const isolated of [false, true]) {
      const secret = SecretBuffer.alloc(byteLength, { isolated })
      for (const view of [secret.bytes, secret.use((bytes) => ({ bytes })).bytes]) {
        t.ok(Buffer.isBuffer(view))
      }
      secret.use((bytes) => {
        t.equal(bytes.length, byteLength)
        t.equal(bytes.byteOffset, 0)
        t.equal(bytes.buffer.byteLength, byteLength, 'no byte of a neighbour')
        t.ok(bytes.every((byte) => byte === 0))
      })
      t.equal(secret.bytes.buffer.byteLength, byteLength)
      secret.dispose()
    }
  }
})

void t.test('gives what fn returned, and detaches the view', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  let part: SecretView | undefined
  const answer = secret.use((bytes) => {
    kept = bytes
    part = bytes.subarray(2, 4) as SecretView
    return bytes.toString('latin1')
  })
  t.equal(answer, CONTENTS.toString('latin1'))
  t.equal(kept?.length, 0)
  t.equal(kept?.buffer.byteLength, 0)
  t.equal(part?.length, 0, 'what was made of it too')
  t.equal(secret.revealString('latin1'), CONTENTS.toString('latin1'), 'the secret lives on')
})

void t.test('what is written through the view stays', async (t) => {
  using secret = make()
  secret.use((bytes) => bytes.write('fedcba', 3))
  t.equal(secret.revealString(), '012fedcba9abcdef')
})

void t.test('detaches where fn throws, and passes on what it threw', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  for (const thrown of [new TypeError('of fn'), undefined, null, 'text']) {
    let caught: unknown = 'nothing'
    try {
      secret.use((bytes) => {
        kept = bytes
        throw thrown
      })
    } catch (error) {
      caught = error
    }
    t.equal(caught, thrown)
    t.equal(kept?.length, 0)
  }
  t.equal(secret.disposed, false)
})

void t.test('a promise keeps the view until it settles', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const used = secret.use(async (bytes) => {
    kept = bytes
    await gate
    return bytes.toString('latin1')
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(kept?.length, CONTENTS.length)
  release()
  t.equal(await used, CONTENTS.toString('latin1'))
  t.equal(kept?.length, 0)
})

void t.test('detaches where the promise rejects', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  const failure = new Error('of fn')
  const used = secret.use(async (bytes) => {
    kept = bytes
    await new Promise((resolve) => setImmediate(resolve))
    throw failure
  })
  await t.rejects(used, failure)
  t.equal(kept?.length, 0)
})

void t.test('a thenable is waited for as a promise is', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  const used = secret.use((bytes) => {
    kept = bytes
    const thenable: PromiseLike<number> = {
      then: (resolve) => {
        setImmediate(() => resolve?.(bytes.length))
        return thenable as PromiseLike<never>
      },
    }
    return thenable
  })
  t.equal(kept?.length, CONTENTS.length)
  t.equal(await used, CONTENTS.length)
  t.equal(kept?.length, 0)
  const callable = secret.use((bytes) =>
    Object.assign(() => 0, { then: (resolve: (value: number) => void) => resolve(bytes.length) }),
  )
  t.equal(await callable, CONTENTS.length, 'a function with a then is one too')
})

void t.test('a then getter that throws ends the use', async (t) => {
  using secret = make()
  let kept: SecretView | undefined
  const failure = new Error('of the getter')
  const thrower = {
    get then(): never {
      throw failure
    },
  }
  t.throws(
    () =>
      secret.use((bytes) => {
        kept = bytes
        return thrower
      }),
    failure,
  )
  t.equal(kept?.length, 0)
  t.equal(stats().pendingDisposals, 0)
  secret.dispose()
  t.equal(secret.disposed, true)
  t.equal(stats().secrets, 0, 'wiped: no use was left open')
})

void t.test('a then that throws, or that settles twice, ends the use once', async (t) => {
  using secret = make()
  const failure = new Error('of then')
  const thrower = {
    then: (): never => {
      throw failure
    },
  }
  await t.rejects(secret.use(() => thrower) as unknown as Promise<unknown>, failure)
  const twice = {
    then: (resolve: (value: number) => void, reject: (error: Error) => void) => {
      resolve(1)
      reject(failure)
      resolve(2)
    },
  }
  t.equal(await secret.use(() => twice), 1)
  secret.dispose()
  t.equal(stats().secrets, 0)
})

void t.test('nested uses each have a view of their own', async (t) => {
  using secret = make()
  secret.use((outer) => {
    const views = [outer]
    secret.use((inner) => {
      views.push(inner)
      t.not(inner.buffer, outer.buffer)
      inner[0] = 0x58
      t.equal(outer[0], 0x58, 'over the same memory')
    })
    t.same(
      views.map((view) => view.length),
      [CONTENTS.length, 0],
      'the outer one lives on',
    )
  })
})

void t.test('concurrent uses end each by itself', async (t) => {
  using secret = make()
  const views: SecretView[] = []
  const releases: (() => void)[] = []
  const used = Array.from({ length: 20 }, (_, i) =>
    secret.use(async (bytes) => {
      views.push(bytes)
      await new Promise<void>((resolve) => releases.push(resolve))
      return bytes[i % bytes.length]
    }),
  )
  const odd = used.filter((_, i) => i % 2 === 1)
  for (const [i, release] of releases.entries()) if (i % 2 === 1) release()
  t.same(
    await Promise.all(odd),
    odd.map((_, i) => CONTENTS[(i * 2 + 1) % CONTENTS.length]),
  )
  t.same(
    views.map((view) => view.length),
    views.map((_, i) => (i % 2 === 1 ? 0 : CONTENTS.length)),
  )
  for (const release of releases) release()
  await Promise.all(used)
  t.ok(views.every((view) => view.length === 0))
})
