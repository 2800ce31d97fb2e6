import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHmac } from 'node:crypto'
import t from 'tap'
import { configure, probe, SecretBuffer, stats, type SecretView, type Stats } from '../../lib/index'
import { collectGarbage } from '../collect-garbage'
import { countInOpenMemory, secretMappings } from './secret-memory'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret: the native tests seal the fallback too')
  process.exit()
}

const SEALED = { sealed: true } as const
const CODE = (code: string): { name: string; code: string } => ({ name: 'SecretMemoryError', code })

/** Long enough to stand nowhere by chance; itself in ordinary memory, where nothing is searched. */
const CONTENTS = Buffer.from('what a sealed secret holds: 0123')
const make = (): SecretBuffer => SecretBuffer.from(CONTENTS, SEALED)

void t.test('probe says how, and each secret whether', async (t) => {
  t.match(probe().sealing, /^(?:pkey|mprotect)$/)
  using sealed = make()
  using open = SecretBuffer.from(CONTENTS)
  t.equal(sealed.sealed, true)
  t.equal(open.sealed, false)
  t.ok(
    secretMappings().some(({ closed }) => closed),
    'a mapping is closed',
  )
  t.throws(() => sealed.bytes, CODE('ERR_MEMFD_SECRET_SEALED'))
})

for (const [what, options] of [
  ['a slot', SEALED],
  ['isolated', { sealed: true, isolated: true }],
] as const) {
  void t.test(`open inside use alone: ${what}`, async (t) => {
    const secret = SecretBuffer.from(CONTENTS, options)
    t.equal(countInOpenMemory(CONTENTS), 0, 'closed at rest')
    let kept: SecretView | undefined
    secret.use((bytes) => {
      kept = bytes
      t.ok(bytes.equals(CONTENTS))
      // What it looks at, and what that was made of.
      t.equal(countInOpenMemory(CONTENTS), 2)
    })
    t.equal(kept?.length, 0)
    t.equal(countInOpenMemory(CONTENTS), 0, 'wiped as the use ends')
    await secret.use(async (bytes) => {
      await collectGarbage()
      t.ok(bytes.equals(CONTENTS))
    })
    t.equal(countInOpenMemory(CONTENTS), 0)
    t.throws(() => secret.use((bytes) => bytes), CODE('ERR_MEMFD_SECRET_VIEW_ESCAPED'))
    t.equal(countInOpenMemory(CONTENTS), 0, 'also after a throw')
    secret.dispose()
    t.throws(() => secret.use(() => 0), CODE('ERR_MEMFD_SECRET_DISPOSED'))
  })
}

void t.test('what is written through a view stays; nested uses see one copy, and so do methods', async (t) => {
  using secret = make()
  secret.use((outer) => {
    outer[0] = 1
    secret.use((inner) => {
      t.equal(inner[0], 1)
      inner[1] = 2
    })
    t.equal(outer[1], 2)
    secret.set(Buffer.from([3]), 2)
    t.equal(outer[2], 3, 'set writes to the copy')
    t.ok(secret.equals(outer))
    t.equal(secret.slice(0, 3).revealString('hex'), '010203')
  })
  t.equal(secret.revealString('latin1'), `\x01\x02\x03${CONTENTS.toString('latin1', 3)}`)
  secret.use(() => undefined)
  t.equal(secret.slice(0, 3).revealString('hex'), '010203')
})

void t.test('two async uses at once: the last to end closes', async (t) => {
  using secret = make()
  const ends: (() => void)[] = []
  const pending = [0, 1].map((i) =>
    secret.use(async (bytes) => {
      bytes[i] = 0xff
      await new Promise<void>((resolve) => ends.push(resolve))
      return bytes.toString('hex', 0, 2)
    }),
  )
  const rest = CONTENTS.subarray(2)
  t.equal(countInOpenMemory(rest), 2)
  ends[0]?.()
  t.equal(await pending[0], 'ffff')
  t.equal(countInOpenMemory(rest), 2)
  ends[1]?.()
  t.equal(await pending[1], 'ffff')
  t.equal(countInOpenMemory(rest), 0)
  t.equal(secret.slice(0, 2).revealString('hex'), 'ffff')
})

void t.test('every method works on a sealed secret and leaves it closed', async (t) => {
  const secret = make()
  const path = join(tmpdir(), `memfd-secret-sealed-${process.pid}`)
  const fd = openSync(path, 'w+')
  t.teardown(() => (closeSync(fd), unlinkSync(path)))
  t.equal(secret.writeTo(fd), CONTENTS.length)
  t.ok(readFileSync(path).equals(CONTENTS))
  const target = Buffer.alloc(CONTENTS.length)
  t.equal(secret.copyTo(target), CONTENTS.length)
  t.ok(target.equals(CONTENTS))
  t.ok(secret.equals(CONTENTS))
  t.ok(secret.equals(make()))
  t.notOk(secret.equals(SecretBuffer.alloc(CONTENTS.length)))
  const made = {
    slice: secret.slice(5),
    encode: secret.encode('base64'),
    from: SecretBuffer.from(secret),
    concat: SecretBuffer.concat([secret, SecretBuffer.alloc(1)]),
  }
  for (const [name, derived] of Object.entries(made)) t.equal(derived.sealed, true, `${name} is sealed as its source`)
  t.equal(made.encode.revealString(), CONTENTS.toString('base64'))
  t.equal(secret.slice(0, 4, { sealed: false }).sealed, false, 'unless said otherwise')
  t.ok(SecretBuffer.from(CONTENTS.toString('hex'), 'hex', SEALED).equals(secret))
  t.ok(SecretBuffer.fromFileSync(path, SEALED).equals(secret))
  const read = await SecretBuffer.fromFile(path, SEALED)
  t.ok(read.equals(secret))
  t.equal(read.sealed, true)
  t.equal(
    secret.use((key) => createHmac('sha256', key).update('x').digest('hex')),
    createHmac('sha256', CONTENTS).update('x').digest('hex'),
  )
  const key = secret.toKeyObject({ allowHeapCopy: true })
  t.ok(key.export().equals(CONTENTS))
  t.equal(SecretBuffer.fromKeyObject(key, SEALED).sealed, true)
  t.equal(countInOpenMemory(CONTENTS), 0)
  secret.fill(7)
  t.ok(secret.equals(Buffer.alloc(CONTENTS.length, 7)))
  const taken = Buffer.from(CONTENTS)
  t.ok(SecretBuffer.take(taken, SEALED).equals(CONTENTS))
  t.ok(taken.every((byte) => byte === 0))
  secret.destroy()
  t.equal(secret.disposed, true)
})

void t.test('random, and every size', async (t) => {
  for (const byteLength of [1, 15, 16, 17, 32, 1000, 1008, 2032, 2033, 4096, 70_000]) {
    for (const isolated of [false, true]) {
      const secret = SecretBuffer.random(byteLength, { sealed: true, isolated })
      const copy = secret.use((bytes) => Buffer.from(bytes))
      t.ok(secret.equals(copy), `${byteLength} bytes`)
      secret.use((bytes) => void bytes.fill(0x5a))
      t.ok(secret.equals(Buffer.alloc(byteLength, 0x5a)))
      secret.dispose()
    }
  }
  t.throws(() => SecretBuffer.alloc(2 ** 30, SEALED), { code: 'ERR_OUT_OF_RANGE' })
})

void t.test('stats count it, and the memory of uses comes back', async (t) => {
  await collectGarbage()
  const before = stats()
  const live = ({ lockedBytes, freeSlotBytes, quarantinedBytes }: Stats): number =>
    lockedBytes - freeSlotBytes - quarantinedBytes
  const secrets = Array.from({ length: 500 }, () => SecretBuffer.random(32, SEALED))
  t.equal(stats().secrets, before.secrets + 500)
  t.equal(live(stats()), live(before) + 500 * 48)
  for (const secret of secrets) secret.use((bytes) => bytes[0])
  for (const secret of secrets) secret.dispose()
  t.match(stats(), { secrets: before.secrets, bytes: before.bytes })
  for (let i = 0; i < 20 && stats().quarantinedBytes > before.quarantinedBytes; i++) await collectGarbage()
  t.ok(stats().quarantinedBytes <= before.quarantinedBytes)
})

void t.test('a policy seals what says nothing else', async (t) => {
  t.equal(configure({ sealed: true }).sealed, true)
  t.equal(SecretBuffer.alloc(8).sealed, true)
  t.equal(SecretBuffer.from('text').sealed, true)
  t.equal(SecretBuffer.alloc(8, { sealed: false }).sealed, false)
  t.throws(() => configure({ sealed: false }), CODE('ERR_MEMFD_SECRET_POLICY'))
  const before = stats().reservedBytes
  configure({ reserveBytes: 256 * 1024 })
  t.ok(stats().reservedBytes >= before + 256 * 1024)
})
