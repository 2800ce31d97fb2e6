import assert from 'node:assert'
import { format, inspect, isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { MARKER, showsMarker, thrownBy } from './thrown'
import { backingHere } from './run-child'

const secret = SecretBuffer.from(MARKER)
const shown = `[SecretBuffer: ${MARKER.length} bytes, ${backingHere()}]`

t.test('a secret shows its size and what protects it, and no byte', async (t) => {
  t.equal(secret.toString(), shown)
  t.equal(String(secret), shown)
  t.equal(`${secret}`, shown)
  t.equal(JSON.stringify(secret), JSON.stringify(shown))
  t.equal(JSON.stringify({ deep: [{ secret }] }), JSON.stringify({ deep: [{ secret: shown }] }))
  t.equal(inspect(secret), shown)
  t.equal(inspect({ deep: [{ secret }] }, { depth: 5 }), `{ deep: [ { secret: ${shown} } ] }`)
  t.equal(format('%s|%o|%O|%j', secret, secret, secret, secret), `${shown}|${shown}|${shown}|${JSON.stringify(shown)}`)
  t.notOk(showsMarker(secret))
  t.same(Object.keys(secret), [])
  t.same(Object.getOwnPropertyNames(secret), [])
})

t.test('a disposed secret still answers', async (t) => {
  const gone = SecretBuffer.from(MARKER)
  gone.dispose()
  t.equal(inspect(gone), `[SecretBuffer: ${MARKER.length} bytes, ${backingHere()}, disposed]`)
  t.equal(String(gone), inspect(gone))
  t.equal(JSON.stringify(gone), JSON.stringify(inspect(gone)))
})

t.test('the class and its prototype can be inspected', async (t) => {
  t.match(inspect(SecretBuffer), /class SecretBuffer/)
  t.type(inspect(SecretBuffer.prototype), 'string')
  t.equal(inspect(Object.create(SecretBuffer.prototype)), '[SecretBuffer]')
  t.match(inspect(new Proxy(secret, {})), /^\[SecretBuffer/)
})

t.test('views show their size, and so do their subarrays', async (t) => {
  const redacted = `[SecretView: ${MARKER.length} bytes]`
  const check = (view: Buffer, name: string): void => {
    t.ok(Buffer.isBuffer(view), name)
    t.equal(inspect(view), redacted, name)
    t.equal(inspect(view, { showHidden: true }), redacted, name)
    t.equal(inspect({ view }, { depth: 9 }), `{ view: ${redacted} }`, name)
    t.equal(JSON.stringify({ view }), JSON.stringify({ view: redacted }), name)
    t.equal(format('%o %O %j', view, view, view), `${redacted} ${redacted} ${JSON.stringify(redacted)}`, name)
    t.equal(inspect(view.subarray(2, 5)), '[SecretView: 3 bytes]', name)
    t.equal(inspect(view.subarray(2).subarray(-1)), '[SecretView: 1 bytes]', name)
    t.equal(inspect(view.slice(1, -1)), `[SecretView: ${MARKER.length - 2} bytes]`, name)
    t.equal(JSON.stringify([view.subarray(0, 4)]), '["[SecretView: 4 bytes]"]', name)
    t.equal(inspect(view.buffer), `[SecretMemory: ${MARKER.length} bytes]`, name)
    t.equal(inspect(view.filter(() => true)), redacted, `${name}: what the species makes`)
    t.equal(JSON.stringify(view.map((byte) => byte)), JSON.stringify(redacted), name)
  }
  secret.use((view) => check(view, 'use'))
  check(secret.bytes, 'bytes')
})

t.test('a view is a Buffer all the same', async (t) => {
  secret.use((view) => {
    t.equal(view.byteOffset, 0)
    t.equal(view.buffer.byteLength, MARKER.length, "never a neighbour's bytes")
    t.equal(view.toString(), MARKER)
    t.equal(`${view}`, MARKER)
    t.equal(view.toString('hex'), Buffer.from(MARKER).toString('hex'))
    t.equal(view[0], MARKER.charCodeAt(0))
    t.equal(view.at(-1), MARKER.charCodeAt(MARKER.length - 1))
    t.ok(view.equals(Buffer.from(MARKER)))
    t.equal(view.indexOf('SECRET'), MARKER.indexOf('SECRET'))
    t.same([...view.subarray(3, 6)], [...Buffer.from(MARKER).subarray(3, 6)])
    t.equal(view.subarray(-4, -1).toString(), MARKER.slice(-4, -1))
    t.equal(view.subarray(5, 2).byteLength, 0)
    t.equal(view.subarray(99).byteLength, 0)
    t.equal(Buffer.concat([view, view]).toString(), MARKER + MARKER)
  })
})

t.test('a slice of a view is the same memory', async (t) => {
  const other = SecretBuffer.from('abcdef')
  other.use((view) => {
    view.subarray(1, 3).fill(0x2d)
    view.slice(-1)[0] = 0x21
  })
  t.equal(other.revealString(), 'a--de!')
})

t.test('copies by the structured clone carry no byte', async (t) => {
  t.notOk(showsMarker(structuredClone(secret)))
  t.notOk(showsMarker(deserialize(serialize({ secret }))))
  t.notOk(serialize({ secret }).includes(MARKER))
  const { port1, port2 } = new MessageChannel()
  const received = new Promise((resolve) => port2.once('message', resolve))
  port1.postMessage({ deep: { secret } })
  t.notOk(showsMarker(await received))
  port1.close()
  t.notOk(showsMarker({ ...secret }))
  t.notOk(showsMarker(Object.assign({}, secret)))
})

t.test('two secrets are never deep-equal', async (t) => {
  const one = SecretBuffer.from('the same')
  const other = SecretBuffer.from('the same')
  t.notOk(isDeepStrictEqual(one, other))
  t.notOk(isDeepStrictEqual({ one }, { one: other }))
  t.ok(isDeepStrictEqual(one, one))
  const error = thrownBy(() => assert.deepStrictEqual(one, other))
  t.notMatch(error.message, /the same/)
  t.throws(() => assert.deepStrictEqual(SecretBuffer.from(MARKER), secret))
})

t.test('an assertion that fails on a secret shows no byte', async () => {
  thrownBy(() => assert.deepStrictEqual(secret, { other: 1 }))
  thrownBy(() => assert.strictEqual<unknown>(secret, 1))
})
