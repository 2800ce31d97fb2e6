import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { INVALID_TYPE, OUT_OF_RANGE, refuses } from './thrown'

const text = (secret: SecretBuffer): string => secret.revealString('latin1')
const digits = (): SecretBuffer => SecretBuffer.from('0123456789')

t.test('set', async (t) => {
  const secret = digits()
  secret.set(Buffer.from('ab'))
  t.equal(text(secret), 'ab23456789')
  secret.set(Buffer.from('xy'), 8)
  t.equal(text(secret), 'ab234567xy', 'up to the last byte')
  secret.set(new Uint16Array([0x4241]), 2)
  t.equal(text(secret), 'abAB4567xy', 'by bytes, whatever the elements')
  const shared = Buffer.from('..CD..').subarray(2, 4)
  secret.set(new DataView(shared.buffer, shared.byteOffset, 2), 4)
  t.equal(text(secret), 'abABCD67xy')
  secret.set(new Uint8Array([0x2d]).buffer, 6)
  t.equal(text(secret), 'abABCD-7xy')
  secret.set(SecretBuffer.from('KEY'), 7)
  t.equal(text(secret), 'abABCD-KEY')
  secret.set(new Uint8Array(0), 10)
  secret.set(secret)
  t.equal(text(secret), 'abABCD-KEY')
  secret.use((view) => secret.set(view.subarray(0, 5), 2))
  t.equal(text(secret), 'ababABCKEY', 'of its own view, overlapping')

  refuses(() => secret.set(Buffer.alloc(11)), OUT_OF_RANGE, 'one byte too many')
  refuses(() => secret.set(Buffer.alloc(2), 9), OUT_OF_RANGE, 'over the end')
  refuses(() => secret.set(SecretBuffer.alloc(11)), OUT_OF_RANGE, 'a longer secret')
  for (const offset of [-1, 11, 0.5, NaN, Infinity, 2 ** 53]) {
    refuses(() => secret.set(Buffer.alloc(1), offset), OUT_OF_RANGE, `offset ${offset}`)
  }
  refuses(() => secret.set('text' as never), INVALID_TYPE, 'a string')
  t.equal(text(secret), 'ababABCKEY', 'as it was')
})

t.test('copyTo', async (t) => {
  const secret = digits()
  const target = Buffer.alloc(6, '.')
  t.equal(secret.copyTo(target), 6, 'as many as fit')
  t.equal(target.toString(), '012345')
  t.equal(secret.copyTo(target, 4, 7), 2)
  t.equal(target.toString(), '012378')
  t.equal(secret.copyTo(target, 0, 3, 5), 2)
  t.equal(target.toString(), '342378')
  t.equal(secret.copyTo(target, 6), 0)
  t.equal(secret.copyTo(target, 0, 10), 0)
  t.equal(secret.copyTo(target, 0, 5, 2), 0, 'end before start')
  t.equal(secret.copyTo(new Uint8Array(0)), 0)
  t.equal(target.toString(), '342378')

  const words = new Uint16Array(2)
  t.equal(secret.copyTo(words, 1, 0, 2), 2, 'targetStart counts bytes')
  t.equal(Buffer.from(words.buffer).toString('latin1'), '\x0001\x00')
  const memory = new ArrayBuffer(3)
  t.equal(secret.copyTo(memory), 3)
  t.equal(Buffer.from(memory).toString(), '012')

  const other = SecretBuffer.alloc(4)
  t.equal(secret.copyTo(other, 1, 6), 3)
  t.equal(text(other), '\x00678')
  t.equal(secret.copyTo(secret, 0, 5), 5, 'within itself')
  t.equal(text(secret), '5678956789')

  for (const position of [-1, 7, 1.5, NaN]) {
    refuses(() => secret.copyTo(target, position), OUT_OF_RANGE, `targetStart ${position}`)
  }
  for (const position of [-1, 11, 1.5, NaN]) {
    refuses(() => secret.copyTo(target, 0, position), OUT_OF_RANGE, `start ${position}`)
    refuses(() => secret.copyTo(target, 0, 0, position), OUT_OF_RANGE, `end ${position}`)
  }
})

t.test('slice', async (t) => {
  const secret = digits()
  t.equal(text(secret.slice()), '0123456789')
  t.equal(text(secret.slice(3)), '3456789')
  t.equal(text(secret.slice(2, 4)), '23')
  t.equal(text(secret.slice(-3)), '789')
  t.equal(text(secret.slice(-3, -1)), '78')
  t.equal(text(secret.slice(-99, 99)), '0123456789')
  t.equal(text(secret.slice(-0, 1)), '0')
  const part = secret.slice(0, 5)
  secret.fill(0)
  t.equal(text(part), '01234', 'a copy')
  secret.dispose()
  t.equal(text(part), '01234')
  refuses(() => part.slice(2, 2), OUT_OF_RANGE, 'an empty slice: an empty key is the worst outcome')
  refuses(() => part.slice(5), OUT_OF_RANGE, 'from its end on')
  refuses(() => part.slice(3, 1), OUT_OF_RANGE, 'the wrong way round')
  refuses(() => part.slice(0.5), OUT_OF_RANGE, 'half a byte')
  refuses(() => part.slice(NaN), OUT_OF_RANGE, 'NaN')
  refuses(() => part.slice('1' as never), INVALID_TYPE, 'a string')
})

t.test('fill', async (t) => {
  const secret = digits()
  secret.fill(0x41)
  t.equal(text(secret), 'AAAAAAAAAA')
  secret.fill(255)
  t.ok(secret.equals(Buffer.alloc(10, 255)))
  secret.fill(-0)
  t.ok(secret.equals(Buffer.alloc(10)))
  for (const value of [-1, 256, 0.5, NaN]) refuses(() => secret.fill(value), OUT_OF_RANGE, `fill ${value}`)
  refuses(() => secret.fill('a' as never), INVALID_TYPE, 'fill of a string')
})

t.test('equals', async (t) => {
  const secret = digits()
  t.ok(secret.equals(secret))
  t.ok(secret.equals(digits()))
  t.ok(secret.equals(Buffer.from('0123456789')))
  t.ok(secret.equals(new Uint8Array(Buffer.from('0123456789')).buffer))
  secret.use((view) => t.ok(secret.equals(view)))
  for (let i = 0; i < 10; ++i) {
    const other = Buffer.from('0123456789')
    other[i] = (other[i] ?? 0) ^ 0x80
    t.notOk(secret.equals(other), `another byte ${i}`)
    t.notOk(secret.equals(SecretBuffer.from(other)), `another byte ${i} of a secret`)
  }
  t.notOk(secret.equals(Buffer.from('012345678')), 'shorter')
  t.notOk(secret.equals(Buffer.from('01234567890')), 'longer')
  t.notOk(secret.equals(new Uint8Array(0)), 'nothing')
  t.notOk(secret.equals(secret.slice(1)), 'a shorter secret')
  t.notOk(SecretBuffer.alloc(1).equals(new Uint8Array(0)), 'a zero is not nothing')
  refuses(() => secret.equals('0123456789' as never), INVALID_TYPE, 'a string')
})

t.test('revealString', async (t) => {
  const secret = SecretBuffer.from('Grüße')
  t.equal(secret.revealString(), 'Grüße')
  t.equal(secret.revealString('utf8'), 'Grüße')
  t.equal(secret.revealString('UTF-8' as BufferEncoding), 'Grüße')
  t.equal(secret.revealString('hex'), Buffer.from('Grüße').toString('hex'))
  t.equal(secret.revealString('base64'), Buffer.from('Grüße').toString('base64'))
  t.equal(secret.revealString('base64url'), Buffer.from('Grüße').toString('base64url'))
  t.equal(secret.revealString('latin1'), Buffer.from('Grüße').toString('latin1'))
})

t.test('what is written through a view is there for every method', async (t) => {
  const secret = digits()
  secret.bytes[0] = 0x2a
  t.equal(text(secret), '*123456789')
  secret.use((view) => {
    view[1] = 0x2b
    t.equal(view[0], 0x2a)
    t.equal(text(secret.slice(0, 3)), '*+2', 'while it is open')
    secret.set(Buffer.from('!'), 2)
    t.equal(view[2], 0x21, 'and the other way round')
  })
  t.equal(secret.bytes.toString(), '*+!3456789')
})
