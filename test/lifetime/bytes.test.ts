import t from 'tap'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { collectGarbage, collectUntil } from '../collect-garbage'

void t.test('bytes is one view, valid until dispose', async (t) => {
  const secret = SecretBuffer.from('key')
  const { bytes } = secret
  t.equal(secret.bytes, bytes)
  t.equal(bytes.toString(), 'key')
  secret.use((view) => view.write('yek'))
  t.equal(bytes.toString(), 'yek', 'over the same memory as a use')
  bytes.write('key')
  t.equal(secret.revealString(), 'key')
  const part = bytes.subarray(1)
  secret.dispose()
  t.equal(bytes.length, 0)
  t.equal(part.length, 0)
  t.equal(bytes.buffer.byteLength, 0)
})

const views: Record<string, (bytes: SecretView) => ArrayBufferView | ArrayBuffer> = {
  bytes: (bytes) => bytes,
  'a subarray of it': (bytes) => bytes.subarray(1, 3),
  'its ArrayBuffer': (bytes) => bytes.buffer,
  'a DataView over it': (bytes) => new DataView(bytes.buffer),
}

for (const [name, viewOf] of Object.entries(views)) {
  void t.test(`${name} keeps the secret alive over collections`, async (t) => {
    const before = stats()
    const hold = { view: viewOf(SecretBuffer.from('key').bytes) as ArrayBufferView | ArrayBuffer | null }
    for (let i = 0; i < 3; i++) await collectGarbage()
    t.equal(stats().secrets, before.secrets + 1)
    const memory = ArrayBuffer.isView(hold.view) ? hold.view.buffer : hold.view
    t.equal(Buffer.from(memory ?? new ArrayBuffer(0)).toString(), 'key')
  })

  void t.test(`and is collected with it`, async (t) => {
    const before = stats()
    ;(() => void viewOf(SecretBuffer.from('key').bytes))()
    t.ok(await collectUntil(() => stats().collectedUndisposed > before.collectedUndisposed))
    t.ok(await collectUntil(() => stats().quarantinedBytes === 0))
  })
}

void t.test('an open use keeps its secret alive, however few hold it', async (t) => {
  const hold: { release?: () => void; used?: Promise<string> } = {}
  ;(() => {
    hold.used = SecretBuffer.from('key').use(async (bytes) => {
      await new Promise<void>((resolve) => (hold.release = resolve))
      return bytes.toString()
    })
  })()
  for (let i = 0; i < 3; i++) await collectGarbage()
  hold.release?.()
  t.equal(await hold.used, 'key')
})

void t.test('a use that never settles is collected with its secret, wiped', async (t) => {
  await collectUntil(() => stats().secrets === 0)
  ;(() => {
    const secret = SecretBuffer.from('key')
    void secret.use(() => new Promise(() => undefined))
    secret.dispose()
  })()
  t.equal(stats().pendingDisposals, 1)
  t.ok(await collectUntil(() => stats().pendingDisposals === 0 && stats().secrets === 0))
})

void t.test('memory of a disposed secret serves again once its views are collected', async (t) => {
  ;(() => {
    for (let i = 0; i < 1000; i++) {
      const secret = SecretBuffer.random(32)
      void secret.bytes
      secret.use(() => 0)
      secret.dispose()
    }
  })()
  t.ok(stats().quarantinedBytes > 0)
  t.ok(await collectUntil(() => stats().quarantinedBytes === 0))
  t.equal(stats().secrets, 0)
  const { lockedBytes, freeSlotBytes } = stats()
  t.ok(lockedBytes <= 64 * 1024, `one chunk is kept, not ${lockedBytes} bytes`)
  t.equal(freeSlotBytes, lockedBytes)
})
