import t from 'tap'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { loadNativeAccess } from '../native-access'
import { collectUntil } from '../collect-garbage'

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

const native = loadNativeAccess()
const keeper = SecretBuffer.alloc(1)
t.teardown(() => keeper.dispose())

const addressOf = (secret: SecretBuffer): bigint => secret.use((bytes) => native.addressOf(bytes.buffer))

/** Makes 32-byte secrets until one lies at the address, or `most` are live; all are disposed again. */
function findAt(address: bigint, most: number): Buffer | null {
  const made: SecretBuffer[] = []
  let found: Buffer | null = null
  while (found === null && made.length < most) {
    const secret = SecretBuffer.alloc(32)
    made.push(secret)
    if (addressOf(secret) === address) found = native.peek(address, 32)
  }
  for (const secret of made) secret.dispose()
  return found
}

void t.test('memory is not reused while a view of it is reachable, and is wiped once more before', async (t) => {
  const hold: { view: SecretView | null } = { view: null }
  let address = 0n
  ;(() => {
    const secret = SecretBuffer.alloc(32)
    secret.fill(0xab)
    hold.view = secret.bytes
    address = native.addressOf(hold.view.buffer)
    secret.dispose()
  })()
  t.ok(native.peek(address, 32).every((byte) => byte === 0))
  // As a job in flight would, that kept the address.
  native.poke(address + 3n, 0x77)
  // The finalizer of the backing store, which the detach set free, runs now; that of the object must wait.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.equal(findAt(address, 1000), null)
  t.equal(hold.view?.length, 0)
  hold.view = null
  t.ok(await collectUntil(() => stats().quarantinedBytes === 0))
  // More than the chunks that are there hold: one of them is its.
  const again = findAt(address, 3000)
  t.ok(again !== null, 'reused once nothing can point there')
  t.ok(again?.every((byte) => byte === 0))
})

void t.test('a live secret keeps its address and bytes while thousands around it come and go', async (t) => {
  const held = Array.from({ length: 100 }, (_, i) => {
    const secret = SecretBuffer.alloc(32)
    secret.fill(i)
    return secret
  })
  for (let i = 0; i < 20_000; i++) {
    const secret = SecretBuffer.alloc(1 + ((i * 7) % 600))
    secret.use((bytes) => void bytes.fill(0xff))
    secret.dispose()
    if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  t.ok(held.every((secret, i) => secret.use((bytes) => bytes.every((byte) => byte === i))))
  for (const secret of held) secret.dispose()
  t.ok(await collectUntil(() => stats().quarantinedBytes === 0))
})
