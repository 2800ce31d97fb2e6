import t from 'tap'
import { SecretBuffer, stats } from '../../lib/index'
import { loadNativeAccess } from '../native-access'
import { runFixture } from '../run-fixture'

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

const CORRUPTED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_CORRUPTED' }
const native = loadNativeAccess()
const keeper = SecretBuffer.alloc(1)
t.teardown(() => keeper.dispose())

const addressOf = (secret: SecretBuffer): bigint => native.addressOf(secret.bytes.buffer)

for (const byteLength of [1, 31, 32, 100, 2032, 4096, 10_000]) {
  for (const isolated of [false, true]) {
    void t.test(`${byteLength} bytes${isolated ? ', isolated' : ''}: a write past the end is found`, async (t) => {
      const last = isolated || byteLength > 2032 ? (16 - (byteLength % 16)) % 16 : 16
      // Where a mapping of its own leaves no byte before the guard page, there is nothing to overrun into.
      for (const distance of [0, last - 1].filter((candidate) => candidate >= 0 && candidate < last)) {
        const secret = SecretBuffer.alloc(byteLength, { isolated })
        secret.fill(0xab)
        const address = addressOf(secret)
        const at = address + BigInt(byteLength + distance)
        const was = native.peek(at, 1)[0] ?? 0
        native.poke(at, was ^ 0x01)
        t.throws(() => secret.dispose(), CORRUPTED)
        t.equal(secret.disposed, true)
        t.ok(
          native.peek(address, byteLength).every((byte) => byte === 0),
          'wiped all the same',
        )
        secret.dispose()
        secret.destroy()
        t.equal(stats().secrets, 1)
      }
    })
  }
}

void t.test('a mapping of its own is watched before its start too', async (t) => {
  const secret = SecretBuffer.alloc(4000, { isolated: true })
  native.poke(addressOf(secret) - 1n, (native.peek(addressOf(secret) - 1n, 1)[0] ?? 0) ^ 0xff)
  t.throws(() => secret.dispose(), CORRUPTED)
})

const overrun = (secret: SecretBuffer): void => {
  const at = addressOf(secret) + BigInt(secret.byteLength)
  native.poke(at, (native.peek(at, 1)[0] ?? 0) ^ 0xff)
}

void t.test('destroy and asyncDispose say so too', async (t) => {
  const first = SecretBuffer.alloc(32)
  overrun(first)
  t.throws(() => first.destroy(), CORRUPTED)
  const second = SecretBuffer.alloc(32)
  overrun(second)
  await t.rejects(second[Symbol.asyncDispose](), CORRUPTED)
  t.equal(stats().secrets, 1)
})

void t.test('a use that a disposal waits for says so when it ends', async (t) => {
  const secret = SecretBuffer.alloc(32)
  t.throws(
    () =>
      secret.use(() => {
        overrun(secret)
        secret.dispose()
      }),
    CORRUPTED,
  )
  const other = SecretBuffer.alloc(32)
  const used = other.use(async () => {
    overrun(other)
    await null
  })
  const over = other[Symbol.asyncDispose]()
  await t.rejects(used, CORRUPTED)
  await over
  t.equal(stats().secrets, 1)
})

void t.test('an overrun of one secret blames no other', async (t) => {
  const secrets = Array.from({ length: 10 }, () => SecretBuffer.alloc(32))
  const [victim] = secrets.splice(5, 1)
  if (victim === undefined) throw new Error('Expected ten secrets')
  overrun(victim)
  for (const secret of secrets) secret.dispose()
  t.throws(() => victim.dispose(), CORRUPTED)
})

void t.test('a long overrun of an isolated secret meets the guard page: SIGSEGV', async (t) => {
  const { signal, stdout } = await runFixture('overrun-into-guard-page')
  t.equal(signal, 'SIGSEGV')
  t.equal(stdout, 'about to overrun\n')
})
