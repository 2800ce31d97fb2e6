import t, { type Test } from 'tap'
import { inspect } from 'node:util'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { loadNativeAccess } from '../native-access'

const DISPOSED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_DISPOSED' }
const LENGTH = 32
const native = process.platform === 'linux' ? loadNativeAccess() : null

interface OpenUse {
  secret: SecretBuffer
  view: SecretView
  address: bigint
  end: () => Promise<void>
}

/** A secret with one use that stays open until `end`. */
function openUse(options?: { isolated: boolean }): OpenUse {
  const secret = SecretBuffer.alloc(LENGTH, options)
  secret.fill(0xab)
  let release = (): void => undefined
  let view: SecretView | undefined
  const used = secret.use(async (bytes) => {
    view = bytes
    await new Promise<void>((resolve) => (release = resolve))
  })
  if (view === undefined) throw new Error('Expected fn to run at once')
  const end = async (): Promise<void> => {
    release()
    await used
  }
  return { secret, view, address: native?.addressOf(view.buffer) ?? 0n, end }
}

/** The bytes at an address, or null where none can be looked at. */
function bytesAt(address: bigint): Buffer | null {
  return native?.peek(address, LENGTH) ?? null
}

const ZEROS = native === null ? null : Buffer.alloc(LENGTH)
const keeper = SecretBuffer.alloc(1)
t.teardown(() => keeper.dispose())

function assertRefusesEverything(t: Test, secret: SecretBuffer): void {
  t.equal(secret.disposed, true)
  const other = SecretBuffer.alloc(LENGTH)
  const refused: Record<string, () => unknown> = {
    use: () => secret.use(() => t.fail('fn must not run')),
    bytes: () => secret.bytes,
    set: () => secret.set(Buffer.alloc(1)),
    copyTo: () => secret.copyTo(Buffer.alloc(1)),
    slice: () => secret.slice(),
    fill: () => secret.fill(0),
    equals: () => secret.equals(Buffer.alloc(LENGTH)),
    'equals a secret': () => secret.equals(other),
    'equals of another': () => other.equals(secret),
    'set of another': () => other.set(secret),
    'copyTo of another': () => other.copyTo(secret),
    revealString: () => secret.revealString(),
    from: () => SecretBuffer.from(secret),
    concat: () => SecretBuffer.concat([other, secret]),
  }
  for (const [name, call] of Object.entries(refused)) t.throws(call, DISPOSED, name)
  other.dispose()
  t.equal(secret.byteLength, LENGTH)
  t.match(secret.toString(), /disposed/)
  t.match(inspect({ secret }), /disposed/)
  t.equal(JSON.stringify(secret), JSON.stringify(secret.toString()))
}

void t.test('dispose with no use open wipes and detaches at once', async (t) => {
  for (const isolated of [false, true]) {
    const secret = SecretBuffer.alloc(LENGTH, { isolated })
    secret.fill(0xab)
    const { bytes } = secret
    const part = bytes.subarray(4, 8)
    const address = native?.addressOf(bytes.buffer) ?? 0n
    t.equal(bytesAt(address)?.[0], native === null ? undefined : 0xab)
    t.equal(secret.dispose(), undefined)
    t.same(bytesAt(address), ZEROS, 'wiped')
    t.equal(bytes.length, 0)
    t.equal(part.length, 0)
    assertRefusesEverything(t, secret)
  }
  t.equal(stats().secrets, 1)
})

void t.test('dispose, asyncDispose and destroy may be called again, in any order', async (t) => {
  for (const order of [
    ['dispose', 'destroy'],
    ['destroy', 'dispose'],
  ] as const) {
    const secret = SecretBuffer.alloc(LENGTH)
    for (const call of [...order, ...order]) secret[call]()
    secret[Symbol.dispose]()
    await secret[Symbol.asyncDispose]()
    await secret[Symbol.asyncDispose]()
    t.equal(secret.disposed, true)
  }
  t.equal(stats().secrets, 1)
  t.equal(stats().pendingDisposals, 0)
})

void t.test('dispose lets an open use finish, and refuses new ones', async (t) => {
  for (const isolated of [false, true]) {
    const { secret, view, address, end } = openUse({ isolated })
    const { bytes } = secret
    secret.dispose()
    t.equal(view.length, LENGTH)
    t.equal(view[0], 0xab, 'the use still has the key')
    t.equal(bytes.length, 0, 'bytes is detached at once')
    t.equal(stats().pendingDisposals, 1)
    assertRefusesEverything(t, secret)
    secret.dispose()
    t.equal(view[0], 0xab, 'a second dispose changes nothing')
    await end()
    t.equal(view.length, 0)
    t.same(bytesAt(address), ZEROS, 'wiped')
    t.equal(stats().pendingDisposals, 0)
    t.equal(stats().secrets, 1)
  }
})

void t.test('wipes when the last of several uses ends', async (t) => {
  const first = openUse()
  let release = (): void => undefined
  const used = first.secret.use(() => new Promise<void>((resolve) => (release = resolve)))
  first.secret.dispose()
  await first.end()
  t.equal(first.view.length, 0)
  t.equal(bytesAt(first.address)?.[0], native === null ? undefined : 0xab, 'one use is still open')
  release()
  await used
  t.same(bytesAt(first.address), ZEROS)
})

void t.test('asyncDispose resolves once wiped, for each that waits', async (t) => {
  const { secret, address, end } = openUse()
  const resolved: string[] = []
  const waiting = ['first', 'second', 'after dispose'].map(async (name) => {
    if (name === 'after dispose') secret.dispose()
    await secret[Symbol.asyncDispose]()
    resolved.push(name)
    t.same(bytesAt(address), ZEROS, `${name}: wiped`)
  })
  t.equal(secret.disposed, true, 'refuses from the call on')
  await new Promise((resolve) => setImmediate(resolve))
  t.same(resolved, [])
  await end()
  await Promise.all(waiting)
  t.same(resolved, ['first', 'second', 'after dispose'])
  await secret[Symbol.asyncDispose]()
})

void t.test('asyncDispose with nothing open, and of a use that threw', async (t) => {
  const secret = SecretBuffer.alloc(LENGTH)
  await secret[Symbol.asyncDispose]()
  t.equal(secret.disposed, true)
  const other = SecretBuffer.alloc(LENGTH)
  const used = other.use(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error('of fn')
  })
  const over = other[Symbol.asyncDispose]()
  await t.rejects(used, { message: 'of fn' })
  await over
  t.equal(stats().secrets, 1)
})

void t.test('destroy wipes and detaches now, open uses too', async (t) => {
  for (const isolated of [false, true]) {
    const { secret, view, address, end } = openUse({ isolated })
    const { bytes } = secret
    secret.destroy()
    t.equal(view.length, 0)
    t.equal(bytes.length, 0)
    t.same(bytesAt(address), ZEROS)
    t.equal(stats().secrets, 1)
    assertRefusesEverything(t, secret)
    await secret[Symbol.asyncDispose]()
    t.pass('asyncDispose does not wait for a use that has no memory any more')
    await end()
    t.equal(stats().secrets, 1, 'the end of the use ends nothing twice')
  }
})

void t.test('destroy after dispose ends the wait', async (t) => {
  const { secret, view, end } = openUse()
  const waiting = secret[Symbol.asyncDispose]()
  t.equal(stats().pendingDisposals, 1)
  secret.destroy()
  await waiting
  t.equal(view.length, 0)
  t.equal(stats().pendingDisposals, 0)
  await end()
  t.equal(stats().pendingDisposals, 0)
  t.equal(stats().secrets, 1)
})

void t.test('a use that never ends holds up dispose, not destroy', async (t) => {
  const { secret, view } = openUse()
  secret.dispose()
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(view.length, LENGTH)
  secret.destroy()
  t.equal(view.length, 0)
})
