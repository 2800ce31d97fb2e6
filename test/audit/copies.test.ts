import { createSecretKey } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { findCopies, type AuditEncoding } from '../../lib/audit'
import { SecretBuffer } from '../../lib/index'
import { evaluate, filtered } from '../detection/refusing'
import { AUDIT, encodingsOf, kindsOf, skip } from './here'

/** Printable, so that every kind of string can hold it. */
function letters(byteLength: number): SecretBuffer {
  const secret = SecretBuffer.random(byteLength)
  secret.use((view) => {
    for (const [i, byte] of view.entries()) view[i] = 0x61 + (byte % 26)
  })
  return secret
}

/** Looks for a secret while something that was made of it is alive. */
async function findIn(secret: SecretBuffer, plant: (secret: SecretBuffer) => unknown, encodings?: AuditEncoding[]) {
  const planted = plant(secret)
  const copies = await findCopies(secret, encodings === undefined ? {} : { encodings })
  // Alive until here.
  return { planted, copies }
}

// Generous: a busy machine reads much memory slowly.
t.setTimeout(240_000)

t.test('a secret that nobody copied', { skip }, async (t) => {
  for (const byteLength of [8, 16, 32, 33, 5000]) {
    const secret = SecretBuffer.random(byteLength)
    secret.use((view) => view.readUInt8(0))
    t.strictSame(await findCopies(secret), [], `${byteLength} bytes`)
    t.strictSame(await findCopies(secret), [], 'nor did the search before this one')
    secret.dispose()
  }
})

t.test('a Buffer', { skip }, async (t) => {
  const secret = SecretBuffer.random(32)
  const { planted, copies } = await findIn(secret, (it) => it.use((view) => Buffer.from(view)))
  t.equal(copies.length, 1)
  t.match(copies[0], {
    encoding: 'raw',
    kind: 'malloc',
    address: /^0x[0-9a-f]+$/,
    mapping: /^[0-9a-f]+-[0-9a-f]+ rw-p/,
  })
  const [begin = '', end = ''] = copies[0]?.mapping.split(/[- ]/) ?? []
  const address = BigInt(copies[0]?.address ?? 0)
  t.ok(address >= BigInt(`0x${begin}`) && address < BigInt(`0x${end}`), 'the address is in the mapping')
  const buffer = planted as Buffer
  buffer.fill(0)
  t.strictSame(await findCopies(secret), [], 'and no longer, once it is wiped')
})

t.test('a Buffer, where the heap cannot grow by brk(2)', { skip }, async (t) => {
  // As now and then, when V8 places its code right behind the heap.
  const kinds = evaluate<string[]>(
    `const { findCopies } = require(${JSON.stringify(AUDIT)})
     const secret = lib.SecretBuffer.random(32)
     const large = Buffer.alloc(100_000)
     globalThis.copies = secret.use((view) => {
       view.copy(large, 70_000)
       return [Buffer.from(view), large, Buffer.from(view).toString('latin1')]
     })
     findCopies(secret).then((found) => answer(found.map(({ kind, mapping }) => kind + mapping.replace(/\\S+/, ''))))`,
    { launchers: [filtered('ENOSYS', 'brk')] },
  )
  t.strictSame(kinds.sort(), ['malloc rw-p', 'malloc rw-p', 'malloc rw-p', 'v8-heap rw-p'])
})

t.test('where the search reads in pieces, each place is found once', { skip }, async (t) => {
  const secret = SecretBuffer.random(64)
  const places = [0, 128 * 1024 - 33, 200_000, 256 * 1024, 256 * 1024 + 64, 700_001, 2 ** 20 - 64]
  const { copies } = await findIn(secret, (it) => {
    const large = Buffer.alloc(2 ** 20)
    it.use((view) => places.forEach((place) => view.copy(large, place)))
    return large
  })
  t.equal(copies.length, places.length)
  const first = BigInt(copies[0]?.address ?? 0)
  t.strictSame(
    copies.map(({ address }) => Number(BigInt(address) - first)),
    places,
    'by ascending address',
  )
  t.strictSame(kindsOf(copies), ['malloc'], 'a large allocation has a mapping of its own, whose record tells')
})

t.test('strings', { skip }, async (t) => {
  const text = await findIn(letters(32), (it) => it.revealString('latin1'))
  t.ok(text.copies.some(({ encoding, kind }) => encoding === 'raw' && kind === 'v8-heap'))
  const wide = await findIn(letters(32), (it) => JSON.parse(`"${it.revealString('latin1')}\u20ac"`))
  t.ok(wide.copies.some(({ encoding, kind }) => encoding === 'raw-utf16le' && kind === 'v8-heap'))
  const long = await findIn(letters(400_000), (it) => it.revealString('latin1'))
  t.ok(
    long.copies.some(({ encoding, kind }) => encoding === 'raw' && kind === 'v8-heap'),
    'one that has pages of its own',
  )
})

t.test('hex', { skip }, async (t) => {
  const lower = await findIn(SecretBuffer.random(24), (it) => it.revealString('hex'))
  t.strictSame(encodingsOf(lower.copies), ['hex'])
  t.ok(kindsOf(lower.copies).includes('v8-heap'))
  const upper = await findIn(SecretBuffer.random(24), (it) =>
    it.use((view) => {
      const text = Buffer.from(view.toString('hex').toUpperCase())
      return text
    }),
  )
  t.ok(upper.copies.some(({ encoding, kind }) => encoding === 'hex' && kind === 'malloc'))
})

t.test('reversed', { skip }, async (t) => {
  const { copies } = await findIn(SecretBuffer.random(16), (it) => it.use((view) => Buffer.from(view).reverse()))
  t.match(copies, [{ encoding: 'reversed', kind: 'malloc' }])
})

t.test('base64, in any place of a longer text', { skip }, async (t) => {
  const places = [
    ['base64', 0, 0],
    ['base64', 1, 1],
    ['base64', 2, 2],
    ['base64', 100, 0],
    ['base64url', 0, 2],
    ['base64url', 1, 0],
    ['base64url', 2, 1],
  ] as const
  for (const [encoding, before, after] of places) {
    const secret = SecretBuffer.random(32)
    // Holds what the alphabets differ in, wherever it begins.
    secret.set(Buffer.from('fbefbeffffff', 'hex'), 10)
    const { planted, copies } = await findIn(secret, (it) => {
      const whole = Buffer.alloc(before + 32 + after, 0x5a)
      it.copyTo(whole, before)
      const text = Buffer.from(whole.toString(encoding), 'latin1')
      whole.fill(0)
      return text
    })
    t.strictSame(encodingsOf(copies), [encoding], `${encoding}, ${before} bytes before, ${after} after`)
    t.ok(Buffer.isBuffer(planted))
  }
})

t.test('a KeyObject of OpenSSL', { skip }, async (t) => {
  const { copies } = await findIn(SecretBuffer.random(32), (it) => it.use((view) => createSecretKey(view)))
  t.ok(copies.some(({ encoding, kind }) => encoding === 'raw' && kind === 'malloc'))
})

t.test('a string in the heap of another thread', { skip }, async (t) => {
  const secret = letters(40)
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     parentPort.once('message', (bytes) => {
       globalThis.kept = Buffer.from(bytes).toString('latin1')
       bytes.fill(0)
       parentPort.postMessage('kept')
       parentPort.once('message', () => undefined)
     })`,
    { eval: true },
  )
  const bytes = new Uint8Array(40)
  secret.copyTo(bytes)
  const kept = new Promise((resolve) => worker.once('message', resolve))
  worker.postMessage(bytes, [bytes.buffer])
  await kept
  const copies = await findCopies(secret)
  t.ok(copies.some(({ kind }) => kind === 'v8-heap'))
  await worker.terminate()
})

t.test('a file that is mapped', { skip }, async (t) => {
  const bytes = Buffer.alloc(256)
  const program = openSync(process.execPath, 'r')
  readSync(program, bytes)
  closeSync(program)
  const secret = SecretBuffer.take(bytes)
  const copies = await findCopies(secret, { encodings: ['raw'] })
  const inFile = copies.find(({ kind }) => kind === 'file')
  t.match(inFile, { mapping: process.execPath, encoding: 'raw' })
})

t.test('only the encodings that are asked for', { skip }, async (t) => {
  const plant = (it: SecretBuffer) => [it.revealString('hex'), it.use((view) => Buffer.from(view))]
  const hex = await findIn(SecretBuffer.random(32), plant, ['hex'])
  t.strictSame(encodingsOf(hex.copies), ['hex'])
  const raw = await findIn(SecretBuffer.random(32), plant, ['raw', 'reversed'])
  t.strictSame(encodingsOf(raw.copies), ['raw'])
  const none = await findIn(SecretBuffer.random(32), plant, ['reversed', 'base64'])
  t.strictSame(none.copies, [])
})

t.test('a copy of a long secret that was cut off after 4,096 bytes', { skip }, async (t) => {
  const secret = SecretBuffer.random(6000)
  const cut = await findIn(secret, (it) => it.use((view) => Buffer.from(view.subarray(0, 4096))))
  t.equal(cut.copies.length, 1)
  const shorter = await findIn(SecretBuffer.random(6000), (it) =>
    it.use((view) => {
      const copy = Buffer.from(view.subarray(0, 4096))
      // What happens to follow 4,095 bytes in the heap is the secret's next byte once in 256 times.
      copy.writeUInt8(copy.readUInt8(4095) ^ 0xff, 4095)
      return copy
    }),
  )
  t.strictSame(shorter.copies, [])
})

t.test('a secret that lies everywhere', { skip }, async (t) => {
  const copies = await findCopies(SecretBuffer.alloc(32))
  t.equal(copies.length, 1000, 'is looked for until the list is full')
})
