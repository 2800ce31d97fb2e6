import t from 'tap'
import { SecretBuffer, stats } from '../../lib/index'
import { loadNativeAccess } from '../native-access'
import { runFixture } from '../run-fixture'

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

const CORRUPTED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_CORRUPTED' }
/** Bytes, of the C++ sources' kCanarySize. */
const CANARY = 16
const native = loadNativeAccess()
const keeper = SecretBuffer.alloc(1)
t.teardown(() => keeper.dispose())

const addressOf = (secret: SecretBuffer): bigint => native.addressOf(secret.bytes.buffer)

// 33: one more than a slot of 48 holds.
for (const byteLength of [1, 31, 32, 33, 100, 2032, 4096, 10_000]) {
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

// Of 4096 bytes no canary fits before the start, which is the guard page's end.
for (const byteLength of [1, 100, 4000, 4065, 4080, 10_000]) {
  void t.test(`${byteLength} bytes, isolated: a write before the start is found`, async (t) => {
    for (const distance of [1, CANARY / 2, CANARY]) {
      const secret = SecretBuffer.alloc(byteLength, { isolated: true })
      const at = addressOf(secret) - BigInt(distance)
      native.poke(at, (native.peek(at, 1)[0] ?? 0) ^ 0x01)
      t.throws(() => secret.dispose(), CORRUPTED, `${distance} before`)
    }
  })
}

void t.test('a write before the start of a slot is found in the slot before it', async (t) => {
  const secrets = Array.from({ length: 10 }, () => SecretBuffer.alloc(32))
  const sorted = [...secrets].sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1))
  const [before, victim] = sorted.splice(4, 2)
  if (before === undefined || victim === undefined) throw new Error('Expected ten secrets')
  t.equal(addressOf(victim) - addressOf(before), BigInt(32 + CANARY), 'one right behind the other')
  const at = addressOf(victim) - 1n
  native.poke(at, (native.peek(at, 1)[0] ?? 0) ^ 0x80)
  victim.dispose()
  for (const secret of sorted) secret.dispose()
  t.throws(() => before.dispose(), CORRUPTED)
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
  await Promise.all([t.rejects(used, CORRUPTED), t.rejects(over, CORRUPTED)])
  await other[Symbol.asyncDispose]()
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

// SEGV_ACCERR: there is a mapping, which nobody may touch. SEGV_MAPERR, 1, would be a hole.
const ACCERR = 2

for (const [which, byteLength] of [
  ['isolated', 1],
  ['isolated', 4096],
  ['isolated', 10_000],
  // Of the chunk that it shares, and so past each slot up to its first and its last.
  ['slot', 32],
  ['slot', 2032],
  ['sealed', 32],
  ['sealed', 10_000],
] as const) {
  for (const direction of ['over', 'under'] as const) {
    void t.test(`${which}, ${byteLength} bytes, ${direction}run: SIGSEGV at the guard page`, async (t) => {
      const { signal, stdout } = await runFixture('overrun-into-guard-page', {
        args: [which, String(byteLength), direction],
      })
      t.equal(signal, 'SIGSEGV')
      const [, guard] = /^guard at (0x[0-9a-f]+)\n/.exec(stdout) ?? []
      t.equal(stdout, `guard at ${guard}\nSIGSEGV code ${ACCERR} at ${guard}\n`)
    })
  }
}
