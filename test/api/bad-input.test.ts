import t from 'tap'
import { checkOptions } from '../../lib/arguments'
import { configure } from '../../lib/configure'
import { assertSupport } from '../../lib/assert-support'
import * as raw from '../../lib/raw'
import { SecretBuffer } from '../../lib/secret-buffer'
import { backingHere } from './run-child'
import { INVALID_VALUE, MARKER, OUT_OF_RANGE, refuses, rejectionOf, showsMarker, thrownBy } from './thrown'

const CODES =
  /^(ERR_INVALID_ARG_TYPE|ERR_INVALID_ARG_VALUE|ERR_OUT_OF_RANGE|ERR_UNKNOWN_ENCODING|ERR_MEMFD_SECRET_[A-Z_]+|E[A-Z]+)$/
const HOSTILE = new Error('of the hostile object')

function hostile(): never {
  throw HOSTILE
}

function detached(view: (memory: ArrayBuffer) => unknown): unknown {
  const memory = new ArrayBuffer(16)
  const made = view(memory)
  structuredClone(memory, { transfer: [memory] })
  return made
}

const throwing = new Proxy({}, new Proxy({}, { get: () => hostile }))
const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Everything that a caller could pass in the wrong place, the secret itself among it. */
const BAD: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a boolean', true],
  ['-1', -1],
  ['-0', -0],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a fraction', 1.5],
  ['2 ** 31', 2 ** 31],
  ['2 ** 53', 2 ** 53],
  ['a bigint', 8n],
  ['the secret as a bigint', BigInt(`0x${Buffer.from(MARKER).toString('hex')}`)],
  ['a symbol', Symbol(MARKER)],
  ['the secret as a string', MARKER],
  ['an object', {}],
  ['an object that holds the secret', { [MARKER]: MARKER }],
  ['an array', []],
  ['an array of the secret', [MARKER]],
  ['an object of no prototype', Object.create(null)],
  ['a function', () => MARKER],
  ['a Date', new Date(0)],
  ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
  ['something like a Buffer', { byteLength: 4, byteOffset: 0, buffer: new ArrayBuffer(4), length: 4 }],
  ['the prototype', SecretBuffer.prototype],
  ['made from the prototype', Object.create(SecretBuffer.prototype)],
  ['a proxy of a secret', new Proxy(SecretBuffer.from(MARKER), {})],
  ['a proxy of a Buffer', new Proxy(Buffer.from(MARKER), {})],
  ['a proxy that throws', throwing],
  ['a revoked proxy', revoked()],
  ['a getter that throws', Object.defineProperty({}, 'minBacking', { get: hostile })],
  ['a detached ArrayBuffer', detached((memory) => memory)],
  ['a detached array', detached((memory) => new Uint8Array(memory))],
  ['a detached DataView', detached((memory) => new DataView(memory, 4))],
]

type Call = (value: never) => unknown

const text = MARKER
/** One entry an argument of each public function; the other arguments are right. */
const CALLS: Readonly<Record<string, Call>> = {
  'new SecretBuffer': (value) => Reflect.construct(SecretBuffer, [value]),
  'alloc byteLength': (value) => SecretBuffer.alloc(value),
  'alloc options': (value) => SecretBuffer.alloc(8, value),
  'random byteLength': (value) => SecretBuffer.random(value),
  'random options': (value) => SecretBuffer.random(8, value),
  'from source': (value) => SecretBuffer.from(value),
  'from options': (value) => SecretBuffer.from(Buffer.from(text), value),
  'from encoding': (value) => SecretBuffer.from(text, value),
  'from text options': (value) => SecretBuffer.from(text, 'utf8', value),
  'take source': (value) => SecretBuffer.take(value),
  'take item': (value) => SecretBuffer.take([Buffer.from('x'), value]),
  'take options': (value) => SecretBuffer.take(Buffer.from(text), value),
  'concat list': (value) => SecretBuffer.concat(value),
  'concat item': (value) => SecretBuffer.concat([SecretBuffer.from(text), value]),
  'concat options': (value) => SecretBuffer.concat([SecretBuffer.from(text)], value),
  'fromFileSync options': (value) => SecretBuffer.fromFileSync(process.execPath, value),
  'fromFileSync maxBytes': (value) => SecretBuffer.fromFileSync(__filename, { maxBytes: value }),
  'fromFileSync decode': (value) => SecretBuffer.fromFileSync(__filename, { decode: value }),
  'fromFileSync trimNewline': (value) => SecretBuffer.fromFileSync(__filename, { trimNewline: value }),
  use: (value) => SecretBuffer.from(text).use(value),
  'set source': (value) => SecretBuffer.from(text).set(value),
  'set offset': (value) => SecretBuffer.from(text).set(Buffer.from('x'), value),
  'copyTo target': (value) => SecretBuffer.from(text).copyTo(value),
  'copyTo targetStart': (value) => SecretBuffer.from(text).copyTo(Buffer.alloc(4), value),
  'copyTo start': (value) => SecretBuffer.from(text).copyTo(Buffer.alloc(4), 0, value),
  'copyTo end': (value) => SecretBuffer.from(text).copyTo(Buffer.alloc(4), 0, 0, value),
  'slice start': (value) => SecretBuffer.from(text).slice(value),
  'slice end': (value) => SecretBuffer.from(text).slice(0, value),
  'slice options': (value) => SecretBuffer.from(text).slice(0, 1, value),
  fill: (value) => SecretBuffer.from(text).fill(value),
  equals: (value) => SecretBuffer.from(text).equals(value),
  'revealString encoding': (value) => void SecretBuffer.from(text).revealString(value),
  'raw.memfdSecret': (value) => value !== undefined && raw.memfdSecret(value),
  'raw.map fd': (value) => raw.map(value, 8),
  'raw.map length': (value) => raw.map(1_000_000, value),
  'raw.unmap': (value) => raw.unmap(value),
  'assertSupport options': (value) => assertSupport(value),
  'configure policy': (value) => configure(value),
  'configure minBacking': (value) => configure({ minBacking: value }),
  'configure sealed': (value) => value !== true && configure({ sealed: value }),
  'configure reserveBytes': (value) =>
    !(typeof value === 'number' && value > 1e9) && configure({ reserveBytes: value }),
}

t.test('anything as any argument: a clean error or a right answer, and no byte is shown', async (t) => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const [kind, value] of BAD) {
      try {
        const answer = call(value as never)
        if (!(answer instanceof Error)) continue
      } catch (error) {
        if (error === HOSTILE) continue
        const told = `${name} of ${kind}`
        if (!(error instanceof Error)) return void t.fail(`${told}: threw no Error`)
        const { code = '' } = error as { code?: string }
        // What a revoked proxy answers is V8's own.
        const clean = CODES.test(code) || (kind === 'a revoked proxy' && error instanceof TypeError)
        if (!clean) t.fail(`${told}: ${error.stack}`)
        if (showsMarker(error)) t.fail(`${told} shows the secret: ${error.message}`)
      }
    }
  }
  t.pass('all calls')
})

t.test('fromFile too rejects cleanly', async (t) => {
  for (const [kind, value] of BAD) {
    if (kind.includes('the secret') || kind === 'undefined') continue
    const error = await rejectionOf(
      SecretBuffer.fromFile(process.execPath, { maxBytes: 1, ...{ signal: value as never } }),
      kind,
    )
    t.match(error.code ?? error, /ERR_|hostile|revoked/, kind)
  }
})

t.test('a detached source is refused, never an empty secret', async () => {
  const secret = SecretBuffer.from(text)
  const kinds: readonly ((memory: ArrayBuffer) => unknown)[] = [
    (memory) => memory,
    (memory) => new Uint8Array(memory),
    (memory) => Buffer.from(memory, 4, 4),
    (memory) => new DataView(memory),
    (memory) => new Uint16Array(memory, 2, 1),
  ]
  for (const kind of kinds) {
    const gone = (): never => detached(kind) as never
    refuses(() => SecretBuffer.from(gone()), INVALID_VALUE, 'from')
    refuses(() => SecretBuffer.take(gone()), INVALID_VALUE, 'take')
    refuses(() => SecretBuffer.take([Buffer.from('x'), gone()]), INVALID_VALUE, 'take of a list')
    refuses(() => secret.set(gone()), INVALID_VALUE, 'set')
    refuses(() => secret.copyTo(gone()), INVALID_VALUE, 'copyTo')
    refuses(() => secret.equals(gone()), INVALID_VALUE, 'equals')
  }
  const view = secret.bytes
  secret.dispose()
  refuses(() => SecretBuffer.from(view), INVALID_VALUE, 'bytes of a disposed secret')
  refuses(() => SecretBuffer.alloc(4).equals(view), INVALID_VALUE, 'equals of such')
})

t.test('shared and resizable memory', async (t) => {
  const shared = new Uint8Array(new SharedArrayBuffer(6)).fill(0x41)
  t.equal(SecretBuffer.from(shared).revealString(), 'AAAAAA')
  const secret = SecretBuffer.from('abcdef')
  t.ok(SecretBuffer.from(shared).equals(shared))
  secret.set(shared.subarray(0, 2))
  t.equal(secret.revealString(), 'AAcdef')
  t.equal(secret.copyTo(shared), 6)
  t.equal(Buffer.from(shared).toString(), 'AAcdef')
  t.equal(SecretBuffer.take(shared).revealString(), 'AAcdef')
  t.ok(shared.every((byte) => byte === 0))

  type Resizable = ArrayBuffer & { resize(length: number): void }
  const memory = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as Resizable
  const tracking = new Uint8Array(memory)
  tracking.fill(0x42)
  const tail = new Uint8Array(memory, 4, 4)
  const tailView = new DataView(memory, 4)
  t.equal(SecretBuffer.from(memory).revealString(), 'BBBBBBBB')
  memory.resize(12)
  t.equal(SecretBuffer.from(tracking).byteLength, 12)
  t.equal(secret.copyTo(tracking.subarray(8)), 4)
  memory.resize(2)
  t.equal(SecretBuffer.take(tracking).revealString(), 'BB')
  t.match(thrownBy(() => SecretBuffer.from(tail)).code, /^ERR_(OUT_OF_RANGE|INVALID_ARG_VALUE)$/, 'out of bounds')
  t.match(thrownBy(() => SecretBuffer.from(tailView)).code, /^ERR_(OUT_OF_RANGE|INVALID_ARG_VALUE)$/, 'out of bounds')
  t.equal(thrownBy(() => SecretBuffer.from(memory.slice(0, 0))).code, OUT_OF_RANGE)
})

t.test('properties that lie are not believed', async (t) => {
  const lying = new Uint8Array([1, 2, 3, 4])
  Object.defineProperties(lying, {
    byteLength: { value: 1_000_000 },
    length: { value: 1_000_000 },
    byteOffset: { get: hostile },
    buffer: { value: new ArrayBuffer(1) },
  })
  t.equal(SecretBuffer.from(lying).byteLength, 4)
  const secret = SecretBuffer.alloc(4)
  secret.set(lying)
  t.ok(secret.equals(Buffer.from([1, 2, 3, 4])))
  t.equal(secret.copyTo(lying), 4)
  class Odd extends Uint8Array {
    static get [Symbol.species](): never {
      return hostile()
    }
  }
  t.equal(SecretBuffer.take(new Odd([5, 6])).revealString('hex'), '0506')
})

t.test('options whose getters answer another value each time do not crash', async (t) => {
  for (const name of ['maxBytes', 'minBacking', 'isolated', 'decode', 'trimNewline']) {
    const right: Record<string, unknown> = {
      maxBytes: 1e6,
      minBacking: backingHere(),
      isolated: true,
      decode: undefined,
      trimNewline: true,
    }
    let reads = 0
    const options = Object.defineProperty({}, name, { get: () => (++reads > 1 ? NaN : right[name]) })
    try {
      SecretBuffer.fromFileSync(__filename, options).dispose()
    } catch (error) {
      t.ok(error instanceof Error, name)
    }
  }
  t.pass('alive')
  t.equal(checkOptions(undefined) instanceof Object, true)
})
