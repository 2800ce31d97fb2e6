import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { stats } from '../../lib/stats'
import { liveSecrets } from './live'
import { backingHere } from './run-child'
import { INVALID_TYPE, OUT_OF_RANGE, refuses, UNKNOWN_ENCODING } from './thrown'

const text = (secret: SecretBuffer): string => secret.revealString('latin1')
const SIZES = [1, 15, 16, 17, 32, 64, 496, 2032, 2033, 4096, 4097, 20_000]

t.test('alloc: zeros of exactly that many bytes', async (t) => {
  for (const size of SIZES) {
    const secret = SecretBuffer.alloc(size)
    t.equal(secret.byteLength, size)
    t.equal(secret.bytes.byteLength, size)
    t.ok(secret.equals(Buffer.alloc(size)), `${size} zeros`)
    t.equal(secret.sealed, false)
    t.equal(secret.disposed, false)
    t.equal(secret.backing, backingHere())
    secret.fill(0xff)
    secret.dispose()
    t.equal(secret.byteLength, size, 'stays')
    t.equal(secret.disposed, true)
  }
  for (const size of SIZES)
    t.ok(SecretBuffer.alloc(size).equals(Buffer.alloc(size)), `${size} zeros again, of used memory`)
})

t.test('random: fills all of it, never the same', async (t) => {
  for (const size of SIZES) {
    const one = SecretBuffer.random(size)
    t.equal(one.byteLength, size)
    if (size < 15) continue
    t.notOk(one.equals(SecretBuffer.random(size)))
    t.notOk(one.slice(-15).equals(Buffer.alloc(15)), 'up to the end')
  }
})

t.test('isolated: the same, in pages of its own', async (t) => {
  for (const size of [1, 32, 4096]) {
    const secret = SecretBuffer.random(size, { isolated: true })
    t.equal(secret.bytes.buffer.byteLength, size)
    t.ok(secret.slice(0, size).equals(secret))
    secret.dispose()
  }
})

t.test('a length that is none', async () => {
  for (const make of [SecretBuffer.alloc, SecretBuffer.random]) {
    for (const size of [0, -0, -1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32 + 1, 2 ** 53, Number.MAX_VALUE]) {
      refuses(() => make(size), OUT_OF_RANGE, `${make.name} ${size}`)
    }
    for (const size of ['8', 8n, null, undefined, {}, [8], true, Symbol('8')]) {
      refuses(() => make(size as never), INVALID_TYPE, `${make.name} ${String(size)}`)
    }
  }
})

t.test('from copies bytes of every kind, and leaves them', async (t) => {
  const source = Buffer.from('the source')
  const secret = SecretBuffer.from(source)
  t.equal(text(secret), 'the source')
  source.fill(0)
  t.equal(text(secret), 'the source', 'a copy')
  t.equal(text(SecretBuffer.from(Buffer.from('..part..').subarray(2, 6))), 'part')
  t.equal(text(SecretBuffer.from(new Uint8Array(Buffer.from('memory')).buffer)), 'memory')
  t.equal(text(SecretBuffer.from(new Uint16Array([0x4241, 0x4443]))), 'ABCD')
  t.equal(text(SecretBuffer.from(new Float64Array(2).fill(0))), '\0'.repeat(16))
  t.equal(text(SecretBuffer.from(new DataView(new Uint8Array(Buffer.from('a view')).buffer, 2))), 'view')
  const other = SecretBuffer.from(secret)
  secret.dispose()
  t.equal(text(other), 'the source', 'of a secret: a copy of its own')
  other.use((view) => t.equal(text(SecretBuffer.from(view)), 'the source', 'of a view'))
})

t.test('from text', async (t) => {
  t.equal(text(SecretBuffer.from('plain')), 'plain')
  t.ok(SecretBuffer.from('Grüße €').equals(Buffer.from('Grüße €')), 'utf8 by default')
  t.ok(SecretBuffer.from('Grüße', 'latin1').equals(Buffer.from('Grüße', 'latin1')))
  t.ok(SecretBuffer.from('Grüße', 'utf16le').equals(Buffer.from('Grüße', 'utf16le')))
  t.ok(SecretBuffer.from('x'.repeat(5000), 'utf8', { isolated: true }).equals(Buffer.alloc(5000, 'x')))
  t.ok(SecretBuffer.from('options second', { isolated: true } as never).equals(Buffer.from('options second')))
  for (const encoding of ['rot13', '', 8, {}.toString]) {
    refuses(() => SecretBuffer.from('text', encoding as never), UNKNOWN_ENCODING, `encoding ${String(encoding)}`)
  }
  refuses(() => SecretBuffer.from(Buffer.from('6869'), 'hex' as never), INVALID_TYPE, 'bytes are not decoded')
})

t.test('nothing makes an empty secret', async () => {
  refuses(() => SecretBuffer.from(''), OUT_OF_RANGE, 'an empty string')
  refuses(() => SecretBuffer.from(new Uint8Array(0)), OUT_OF_RANGE, 'an empty array')
  refuses(() => SecretBuffer.from(new ArrayBuffer(0)), OUT_OF_RANGE, 'an empty ArrayBuffer')
  refuses(() => SecretBuffer.take(new Uint8Array(0)), OUT_OF_RANGE, 'take of nothing')
  refuses(() => SecretBuffer.take([]), OUT_OF_RANGE, 'take of an empty list')
  refuses(() => SecretBuffer.concat([]), OUT_OF_RANGE, 'concat of an empty list')
})

t.test('take copies, joins and zeroes', async (t) => {
  const source = Buffer.from('taken')
  t.equal(text(SecretBuffer.take(source)), 'taken')
  t.same([...source], [0, 0, 0, 0, 0])
  const whole = Buffer.from('..part..')
  t.equal(text(SecretBuffer.take(whole.subarray(2, 6))), 'part')
  t.equal(whole.toString(), '..\0\0\0\0..', 'no more than it was given')
  const list = [
    Buffer.from('one '),
    new Uint8Array(Buffer.from('two ')).buffer,
    new Uint8Array(0),
    Buffer.from('three'),
  ]
  t.equal(text(SecretBuffer.take(list)), 'one two three')
  t.ok(list.every((part) => Buffer.from(part as ArrayBuffer).every((byte) => byte === 0)))
  const twice = Buffer.from('ab')
  t.equal(text(SecretBuffer.take([twice, twice])), 'abab', 'zeroed when all is copied')
  t.same([...twice], [0, 0])
  const words = new Uint32Array([0x44434241])
  t.equal(text(SecretBuffer.take(words)), 'ABCD')
  t.equal(words[0], 0)
})

t.test('take zeroes nothing where there is no secret', async (t) => {
  const source = Buffer.from('kept')
  refuses(() => SecretBuffer.take([source, 'text' as never]), INVALID_TYPE, 'a string in the list')
  refuses(() => SecretBuffer.take([source, , source] as never), INVALID_TYPE, 'a hole in the list')
  refuses(() => SecretBuffer.take(source, { isolated: 1 } as never), INVALID_TYPE, 'a bad option')
  refuses(
    () => SecretBuffer.take(SecretBuffer.alloc(4) as never),
    INVALID_TYPE,
    'a secret: concat and slice copy those',
  )
  t.equal(source.toString(), 'kept')
})

t.test('concat', async (t) => {
  const one = SecretBuffer.from('one ')
  const two = SecretBuffer.from('two')
  t.equal(text(SecretBuffer.concat([one, two, one])), 'one twoone ')
  t.equal(text(one), 'one ', 'as it was')
  refuses(() => SecretBuffer.concat([one, Buffer.from('x') as never]), INVALID_TYPE, 'a Buffer')
  refuses(() => SecretBuffer.concat(one as never), INVALID_TYPE, 'no list')
  refuses(() => SecretBuffer.concat([one, , two] as never), INVALID_TYPE, 'a hole')
  two.dispose()
  refuses(() => SecretBuffer.concat([one, two]), 'ERR_MEMFD_SECRET_DISPOSED', 'one that is disposed')
})

t.test('options', async (t) => {
  const bad: readonly [unknown, string][] = [
    [{ minBacking: 'strong' }, 'ERR_INVALID_ARG_VALUE'],
    [{ minBacking: 2 }, INVALID_TYPE],
    [{ isolated: 'yes' }, INVALID_TYPE],
    [{ sealed: 1 }, INVALID_TYPE],
    [null, INVALID_TYPE],
    ['isolated', INVALID_TYPE],
    [7, INVALID_TYPE],
  ]
  for (const [options, code] of bad) {
    for (const make of [SecretBuffer.alloc, SecretBuffer.random]) {
      refuses(() => make(8, options as never), code, `${make.name} ${JSON.stringify(options)}`)
    }
  }
  t.equal(SecretBuffer.alloc(8, {}).byteLength, 8)
  t.equal(SecretBuffer.alloc(8, { minBacking: backingHere(), isolated: false, sealed: false }).byteLength, 8)
  const undefinedOptions = { minBacking: undefined, isolated: undefined } as never
  t.equal(SecretBuffer.alloc(8, undefinedOptions).byteLength, 8)
})

t.test('what was made is counted until it is disposed', async (t) => {
  const before = liveSecrets()
  const secrets = [SecretBuffer.alloc(10), SecretBuffer.alloc(30), SecretBuffer.alloc(5000)]
  t.equal(liveSecrets(), before + 3)
  t.ok(stats().bytes >= 5040)
  for (const secret of secrets) secret.dispose()
  t.equal(liveSecrets(), before)
  refuses(() => SecretBuffer.from('zz', 'hex'), 'ERR_MEMFD_SECRET_BAD_ENCODING', 'bad text')
  t.equal(liveSecrets(), before, 'a failure leaves nothing behind')
})
