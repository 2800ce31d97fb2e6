import t from 'tap'
import { createHmac } from 'node:crypto'
import { SecretBuffer, type SecretView } from '../../lib/index'
import { runFixture } from '../run-fixture'

const ESCAPED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_VIEW_ESCAPED' }

const escapes: Record<string, (bytes: SecretView) => unknown> = {
  'the view': (bytes) => bytes,
  'a subarray': (bytes) => bytes.subarray(1),
  'an empty subarray': (bytes) => bytes.subarray(0, 0),
  'a slice, which shares memory as Buffer does': (bytes) => bytes.slice(1, 2),
  'its ArrayBuffer': (bytes) => bytes.buffer,
  'a DataView': (bytes) => new DataView(bytes.buffer),
  'another typed array': (bytes) => new Uint32Array(bytes.buffer),
  'a Buffer over it': (bytes) => Buffer.from(bytes.buffer),
  'what fill() answers': (bytes) => bytes.fill(1),
  'what reverse() answers': (bytes) => bytes.reverse(),
}

for (const [name, escape] of Object.entries(escapes)) {
  void t.test(`${name} does not leave use()`, async (t) => {
    using secret = SecretBuffer.random(32)
    let kept: SecretView | undefined
    const keep = (bytes: SecretView): unknown => escape((kept = bytes))
    t.throws(() => secret.use(keep), ESCAPED, 'returned')
    t.equal(kept?.length, 0)
    await t.rejects(
      secret.use((bytes) => Promise.resolve(keep(bytes))),
      ESCAPED,
      'resolved to',
    )
    t.equal(kept?.length, 0)
    await t.rejects(
      secret.use(async (bytes) => {
        await new Promise((resolve) => setImmediate(resolve))
        return Promise.resolve(keep(bytes))
      }),
      ESCAPED,
      'resolved to by a promise of a promise',
    )
    const thenable = (bytes: SecretView): PromiseLike<unknown> => ({
      then: (resolve) => resolve?.(keep(bytes)) as never,
    })
    await t.rejects(secret.use(thenable) as Promise<unknown>, ESCAPED, 'resolved to by a thenable')
    t.equal(kept?.length, 0)
    t.equal(secret.disposed, false)
  })
}

void t.test('a copy may leave', async (t) => {
  using secret = SecretBuffer.from('key')
  t.same(
    secret.use((bytes) => Buffer.from(bytes)),
    Buffer.from('key'),
  )
  t.same(
    secret.use((bytes) => new Uint8Array(bytes).buffer.byteLength),
    3,
  )
  const mac = secret.use((bytes) => createHmac('sha256', bytes).update('message').digest('hex'))
  t.equal(mac, createHmac('sha256', 'key').update('message').digest('hex'))
})

void t.test('the view of one secret may leave the use of another', async (t) => {
  using first = SecretBuffer.from('first')
  using second = SecretBuffer.from('second')
  first.use((outer) => {
    const same = second.use(() => outer)
    t.equal(same, outer)
    t.equal(outer.toString(), 'first')
  })
})

type Transferable = ArrayBuffer & { transfer?: (byteLength?: number) => ArrayBuffer }

void t.test('memory moved by transfer() does not leave either', async (t) => {
  const moved = (bytes: SecretView): ArrayBuffer | undefined => (bytes.buffer as Transferable).transfer?.()
  if (!('transfer' in ArrayBuffer.prototype)) {
    t.comment('this Node has no ArrayBuffer.prototype.transfer')
    return
  }
  using secret = SecretBuffer.random(32)
  t.throws(() => secret.use(moved), ESCAPED)
  t.throws(() => secret.use((bytes) => new Uint8Array(moved(bytes) ?? new ArrayBuffer(0))), ESCAPED)
  await t.rejects(
    secret.use(async (bytes) => moved(bytes)),
    ESCAPED,
  )
  let kept: ArrayBuffer | undefined
  secret.use((bytes) => {
    kept = moved(bytes)
  })
  t.equal(kept?.byteLength, 32, 'kept by a variable it still reaches the secret')
  secret.dispose()
  t.ok(
    new Uint8Array(kept ?? new ArrayBuffer(0)).every((byte) => byte === 0),
    'which is wiped on dispose',
  )
  const others = Array.from({ length: 300 }, () => SecretBuffer.alloc(32))
  for (const other of others) other.fill(0xee)
  t.ok(
    new Uint8Array(kept ?? new ArrayBuffer(0)).every((byte) => byte === 0),
    'and not reused while reachable',
  )
  for (const other of others) other.dispose()
})

t.test('memory marked as untransferable is wiped, and no detach of it aborts the process', async (t) => {
  const { stdout, stderr } = await runFixture('view-marked-untransferable')
  t.equal(stdout, 'wiped\n', stderr)
})
