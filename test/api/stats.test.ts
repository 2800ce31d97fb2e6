import { readFileSync } from 'node:fs'
import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { stats } from '../../lib/stats'
import { LINUX } from './run-child'
import { runSteps } from './run-steps'

const NAMES = [
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
]

t.test('before the first secret nothing is mapped', async (t) => {
  const now = stats()
  t.same(Object.keys(now).sort(), NAMES)
  const { limitBytes, ...rest } = now
  t.ok(Object.values(rest).every((value) => value === 0))
  if (!LINUX) return
  const soft = /^Max locked memory\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  t.equal(limitBytes, soft === 'unlimited' ? Infinity : Number(soft))
})

t.test('live secrets, their bytes, and what is mapped for them', async (t) => {
  const small = SecretBuffer.alloc(32)
  const large = SecretBuffer.alloc(10_000)
  const now = stats()
  t.equal(now.secrets, 2)
  t.equal(now.bytes, 10_032)
  if (small.backing !== 'heap') {
    t.ok(now.lockedBytes >= 12_288 + 4096)
    t.equal(now.freeSlotBytes, now.lockedBytes - 12_288 - 48, 'all but the slot and the mapping')
  }
  large.dispose()
  t.equal(stats().bytes, 32)
  t.equal(stats().lockedBytes, now.lockedBytes - (small.backing === 'heap' ? 0 : 12_288), 'given back at once')
  small.dispose()
  t.equal(stats().secrets, 0)
})

t.test('a disposal that waits for a use', async (t) => {
  const secret = SecretBuffer.alloc(100)
  secret.use(() => {
    secret.dispose()
    t.match(stats(), { pendingDisposals: 1, secrets: 1 })
  })
  t.match(stats(), { pendingDisposals: 0, secrets: 0 })
})

t.test('what is kept from reuse while a view may point there', async (t) => {
  const secret = SecretBuffer.alloc(100)
  t.equal(secret.bytes.byteLength, 100)
  const { quarantinedBytes } = stats()
  secret.dispose()
  if (secret.backing !== 'heap') t.equal(stats().quarantinedBytes, quarantinedBytes + 128)
  t.equal(stats().secrets, 0)
})

t.test('each environment counts its own', async (t) => {
  const [, , worker, after] = (await runSteps([['alloc'], ['alloc'], ['worker', [['alloc'], ['stats']]], ['stats']]))
    .outcomes
  const inWorker = worker?.value as { value?: unknown }[]
  t.match(inWorker[1]?.value, { secrets: 1, bytes: 21 })
  t.match(after?.value, { secrets: 2, bytes: 42 })
})
