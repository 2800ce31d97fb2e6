import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  createReadStream,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { SecretBuffer, stats } from '../../lib/index'

const LINUX = process.platform === 'linux'
const folder = mkdtempSync(join(tmpdir(), 'ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function makeFifo(): string {
  const path = join(folder, `fifo${++count}`)
  execFileSync('mkfifo', [path])
  return path
}

function makePipe(): { readEnd: number; writeEnd: number } {
  const path = makeFifo()
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) }
}

t.test('pipes that have nothing take no thread of the pool', { skip: !LINUX && 'needs Linux' }, async (t) => {
  // Twice as many as the pool has threads; a read of a file gets its turn all the same.
  const pipes = Array.from({ length: 8 }, makePipe)
  const reading = pipes.map(({ readEnd }) => SecretBuffer.fromFile(readEnd))
  t.ok((await readFile(__filename)).length > 0)
  for (const [i, { writeEnd }] of pipes.entries()) {
    writeSync(writeEnd, `pipe ${i}`)
    closeSync(writeEnd)
  }
  const secrets = await Promise.all(reading)
  t.same(
    secrets.map((secret) => secret.revealString()),
    pipes.map((_pipe, i) => `pipe ${i}`),
  )
  for (const { readEnd } of pipes) closeSync(readEnd)
})

t.test('an abort ends a read that waits, and nothing reads on', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const { readEnd, writeEnd } = makePipe()
  const controller = new AbortController()
  const reason = new Error('enough')
  const reading = SecretBuffer.fromFile(readEnd, { signal: controller.signal })
  setImmediate(() => controller.abort(reason))
  await t.rejects(reading, reason)
  writeSync(writeEnd, 'for the next reader')
  closeSync(writeEnd)
  t.equal((await SecretBuffer.fromFile(readEnd)).revealString(), 'for the next reader')
  closeSync(readEnd)
})

t.test('a FIFO by its path: waits for its writer', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const path = makeFifo()
  const reason = new Error('nobody came')
  const controller = new AbortController()
  const waiting = SecretBuffer.fromFile(path, { signal: controller.signal })
  setImmediate(() => controller.abort(reason))
  await t.rejects(waiting, reason)

  const reading = SecretBuffer.fromFile(path)
  const writer = await open(path, 'w')
  await writer.write('late')
  await writer.close()
  t.equal((await reading).revealString(), 'late')
})

t.test('more than maxBytes is an error, from wherever it comes', async (t) => {
  const tooLarge = { code: 'ERR_MEMFD_SECRET_TOO_LARGE' }
  const path = join(folder, 'eleven')
  writeFileSync(path, 'eleven bits')
  await t.rejects(SecretBuffer.fromFile(path, { maxBytes: 10 }), tooLarge)
  await t.rejects(SecretBuffer.fromStream(createReadStream(path), { maxBytes: 10 }), tooLarge)
  await t.rejects(
    SecretBuffer.fromStream(Readable.from([Buffer.alloc(6), Buffer.alloc(5)]), { maxBytes: 10 }),
    tooLarge,
  )
  t.equal((await SecretBuffer.fromStream(createReadStream(path), { maxBytes: 11 })).byteLength, 11)
  if (!LINUX) return
  const { secrets } = stats()
  await t.rejects(SecretBuffer.fromFile('/dev/zero', { maxBytes: 100_000 }), tooLarge)
  t.throws(() => SecretBuffer.fromFileSync('/dev/zero', { maxBytes: 100_000 }), tooLarge)
  t.ok(stats().secrets <= secrets, 'what was read is gone')
})

t.test('a stream: each chunk is wiped where its memory is its own', async (t) => {
  const own = [Buffer.from(new Uint8Array([1, 2, 3]).buffer), new Uint8Array([4, 5])]
  const pooled = Buffer.from('in the pool')
  const part = new Uint8Array(8).fill(9).subarray(2, 4)
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(8)
  const secret = await SecretBuffer.fromStream(Readable.from([...own, pooled, part, shared]))
  t.equal(secret.byteLength, 3 + 2 + 11 + 2 + 2)
  t.same(
    own.map((chunk) => [...chunk]),
    [
      [0, 0, 0],
      [0, 0],
    ],
  )
  t.equal(pooled.toString(), 'in the pool')
  t.same([...part, ...shared], [9, 9, 8, 8])
  t.same(
    secret.use((bytes) => [...bytes.subarray(0, 5)]),
    [1, 2, 3, 4, 5],
  )
})

t.test('a chunk that is too much or comes too late is wiped too', async (t) => {
  const chunk = new Uint8Array([7, 7, 7])
  await t.rejects(SecretBuffer.fromStream(Readable.from([chunk]), { maxBytes: 2 }), {
    code: 'ERR_MEMFD_SECRET_TOO_LARGE',
  })
  t.same([...chunk], [0, 0, 0])

  let give = (_chunk: Uint8Array): void => undefined
  let returned = 0
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise((resolve) => (give = (value) => resolve({ done: false, value }))),
      return: async () => ({ done: true, value: ++returned }),
    }),
  }
  const controller = new AbortController()
  const reason = new Error('enough')
  const reading = SecretBuffer.fromStream(source, { signal: controller.signal })
  controller.abort(reason)
  await t.rejects(reading, reason)
  t.equal(returned, 1, 'the source is let go')
  const late = new Uint8Array([6, 6])
  give(late)
  await new Promise((resolve) => setImmediate(resolve))
  t.same([...late], [0, 0])
})

t.test('an abort destroys a stream that is silent', async (t) => {
  const silent = new PassThrough()
  const controller = new AbortController()
  const reading = SecretBuffer.fromStream(silent, { signal: controller.signal })
  setImmediate(() => controller.abort(new Error('enough')))
  await t.rejects(reading, { message: 'enough' })
  t.ok(silent.destroyed)
})

t.test('sockets, fetch bodies, decoding', async (t) => {
  const server = createTcpServer((socket) => socket.end('aGVsbG8=\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const options = { decode: 'base64', trimNewline: true } as const
  t.equal((await SecretBuffer.fromStream(connect(port, '127.0.0.1'), options)).revealString(), 'hello')
  server.close()

  const http = createServer((_request, response) => response.end('a body')).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { body } = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`)
  if (body === null) throw new Error('Expected a body but received none')
  t.equal((await SecretBuffer.fromStream(body)).revealString(), 'a body')
  http.closeAllConnections()
  http.close()
})

t.test('what is no stream of bytes', async (t) => {
  for (const wrong of [null, 'text', Buffer.from('bytes'), {}]) {
    await t.rejects(SecretBuffer.fromStream(wrong as never), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  const text = new PassThrough({ encoding: 'utf8' })
  text.end('a string')
  await t.rejects(SecretBuffer.fromStream(text), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(SecretBuffer.fromStream(Readable.from([])), { code: 'ERR_INVALID_ARG_VALUE' })
  const failing = new PassThrough()
  failing.destroy(new Error('its own'))
  await t.rejects(SecretBuffer.fromStream(failing), { message: 'its own' })
})
