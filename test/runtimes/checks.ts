import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'
import { probe, SecretBuffer, type SecretView, stats } from '../../lib/index'

export type Check = () => void | Promise<void>

const bytes = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex')
const text = bytes.toString('latin1')

/** Whatever shape the runtime gives its errors, the code is the contract. */
export const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(Reflect.get(error, 'code'), code)
  return true
}

function make(): void {
  for (const byteLength of [1, 32, 2032, 4096, 70_000]) {
    const zeros = SecretBuffer.alloc(byteLength)
    assert.equal(zeros.byteLength, byteLength)
    assert.equal(zeros.backing, probe().backing)
    zeros.use((view) => assert.ok(view.every((byte) => byte === 0)))
    zeros.dispose()
  }
  const one = SecretBuffer.random(32, { isolated: true })
  const other = SecretBuffer.random(32)
  assert.equal(one.equals(other), false)
  assert.equal(one.equals(SecretBuffer.from(one)), true)
  assert.equal(SecretBuffer.from(bytes).equals(bytes), true)
  const joined = SecretBuffer.concat([one, other])
  assert.equal(joined.slice(32).equals(other), true)
  assert.equal(joined.slice(0, -32).equals(one), true)
}

function take(): void {
  const source = Buffer.from(bytes)
  const secret = SecretBuffer.take(source)
  assert.ok(source.every((byte) => byte === 0))
  assert.equal(secret.equals(bytes), true)
}

function use(): void {
  const secret = SecretBuffer.from(bytes)
  let kept: SecretView | undefined
  const mac = secret.use((view) => {
    kept = view
    assert.ok(Buffer.isBuffer(view))
    assert.equal(
      secret.use((inner) => inner.readUInt8(31)),
      31,
    )
    return createHmac('sha256', view).update('message').digest('hex')
  })
  assert.equal(mac, createHmac('sha256', bytes).update('message').digest('hex'))
  assert.equal(kept?.length, 0)
  const boom = new Error('boom')
  assert.throws(
    () =>
      secret.use((view) => {
        kept = view
        throw boom
      }),
    (error) => error === boom,
  )
  assert.equal(kept?.length, 0)
}

function bytesProperty(): void {
  const secret = SecretBuffer.from(bytes)
  const view = secret.bytes
  assert.equal(view.byteLength, 32)
  assert.equal(timingSafeEqual(view, bytes), true)
  view[0] = 0xff
  assert.equal(
    secret.use((inner) => inner[0]),
    0xff,
  )
  secret.dispose()
  assert.equal(view.length, 0)
  assert.throws(() => secret.bytes, withCode('ERR_MEMFD_SECRET_DISPOSED'))
}

function escape(): void {
  const secret = SecretBuffer.from(bytes)
  const escapes: ((view: SecretView) => unknown)[] = [
    (view) => view,
    (view) => view.subarray(1),
    (view) => view.buffer,
    (view) => new DataView(view.buffer),
    (view) => new Uint32Array(view.buffer),
  ]
  for (const escaping of escapes) {
    assert.throws(() => secret.use(escaping), withCode('ERR_MEMFD_SECRET_VIEW_ESCAPED'))
  }
  assert.deepEqual(
    secret.use((view) => Buffer.from(view)),
    bytes,
  )
}

function dispose(): void {
  const before = stats().secrets
  const secret = SecretBuffer.from(bytes)
  assert.equal(stats().secrets, before + 1)
  secret[Symbol.dispose]()
  secret.dispose()
  assert.equal(secret.disposed, true)
  assert.equal(secret.byteLength, 32)
  assert.equal(stats().secrets, before)
  assert.throws(() => secret.use(() => 0), withCode('ERR_MEMFD_SECRET_DISPOSED'))
  assert.throws(() => secret.equals(bytes), withCode('ERR_MEMFD_SECRET_DISPOSED'))
  const destroyed = SecretBuffer.from(bytes)
  destroyed.use((view) => {
    destroyed.destroy()
    assert.equal(view.length, 0)
  })
  assert.equal(destroyed.disposed, true)
}

function redaction(): void {
  const secret = SecretBuffer.from(bytes)
  const shown = `[SecretBuffer: 32 bytes, ${secret.backing}]`
  assert.equal(`${secret}`, shown)
  assert.equal(JSON.stringify({ secret }), JSON.stringify({ secret: shown }))
  assert.equal(inspect({ secret }), `{ secret: ${shown} }`)
  secret.use((view) => {
    for (const part of [view, view.subarray(1), view.slice(1)]) {
      const expected = `[SecretView: ${part.length} bytes]`
      assert.equal(inspect(part), expected)
      assert.equal(JSON.stringify(part), JSON.stringify(expected))
    }
  })
}

function copies(): void {
  const secret = SecretBuffer.from(bytes)
  let cloned: unknown
  try {
    cloned = structuredClone(secret)
  } catch {
    return
  }
  assert.equal(inspect(cloned, { depth: 9 }).includes('1f'), false)
}

function contents(): void {
  const secret = SecretBuffer.alloc(32)
  secret.set(bytes.subarray(0, 16))
  secret.set(bytes.subarray(16), 16)
  const target = Buffer.alloc(40)
  assert.equal(secret.copyTo(target, 8), 32)
  assert.equal(target.subarray(8).equals(bytes), true)
  assert.throws(() => secret.set(bytes, 1), withCode('ERR_OUT_OF_RANGE'))
  assert.equal(secret.revealString('latin1'), text)
  secret.fill(7)
  assert.equal(secret.equals(Buffer.alloc(32, 7)), true)
  assert.equal(secret.equals(Buffer.alloc(31, 7)), false)
}

function decode(): void {
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    const encoded = bytes.toString(encoding)
    const secret = SecretBuffer.from(encoded, encoding)
    assert.equal(secret.equals(bytes), true)
    assert.equal(secret.encode(encoding).revealString('latin1'), encoded)
    assert.throws(() => SecretBuffer.from(`${encoded}!`, encoding), withCode('ERR_MEMFD_SECRET_BAD_ENCODING'))
  }
}

function bounds(): void {
  for (const byteLength of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
    assert.throws(() => SecretBuffer.alloc(byteLength), withCode('ERR_OUT_OF_RANGE'))
  }
  for (const byteLength of ['32', null, undefined, 32n]) {
    assert.throws(() => SecretBuffer.alloc(byteLength as unknown as number), withCode('ERR_INVALID_ARG_TYPE'))
  }
  assert.throws(() => SecretBuffer.from(Buffer.alloc(0)), withCode('ERR_OUT_OF_RANGE'))
}

/** Enough rounds to fill the arena many times over, if slots did not come back. */
async function rounds(): Promise<void> {
  for (let round = 0; round < 20_000; round++) {
    const secret = SecretBuffer.alloc(32)
    secret.use((view) => void (view[0] = round & 0xff))
    secret.dispose()
    if (round % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(stats().lockedBytes < 16 * 1024 * 1024, `${stats().lockedBytes} bytes locked`)
}

export const CHECKS: Record<string, Check> = {
  make,
  take,
  use,
  bytes: bytesProperty,
  escape,
  dispose,
  redaction,
  'structured clone': copies,
  contents,
  decode,
  bounds,
  rounds,
}
