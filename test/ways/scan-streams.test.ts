import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digest, forms, Holder, scanFor } from '../support/holder'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** A pipe, whose other end is the test's: the child sees its end once that is closed. */
function makePipe(): { readEnd: number; writeEnd: number } {
  const path = join(folder, `pipe-${randomBytes(6).toString('hex')}`)
  execFileSync('mkfifo', [path])
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) }
}

/** A FIFO's read end opened so is in non-blocking mode: EAGAIN is on the way too. */
async function throughPipe(t: Test, way: string, secret: Buffer): Promise<Holder> {
  const { readEnd, writeEnd } = makePipe()
  const holder = new Holder({ stdin: readEnd })
  closeSync(readEnd)
  const taken = holder.ask('take', [way])
  // In two pieces.
  writeSync(writeEnd, secret.subarray(0, 20))
  writeSync(writeEnd, secret.subarray(20))
  closeSync(writeEnd)
  t.same(await taken, { byteLength: secret.byteLength }, `${way} through a pipe`)
  return holder
}

/** What child_process calls a pipe is a socket. */
async function throughSocket(t: Test, way: string, secret: Buffer): Promise<Holder> {
  const holder = new Holder({ stdin: 'pipe' })
  const taken = holder.ask('take', [way])
  holder.child.stdin?.end(secret)
  t.same(await taken, { byteLength: secret.byteLength }, `${way} through a Unix socket`)
  return holder
}

async function throughTcp(t: Test, way: string, secret: Buffer): Promise<Holder> {
  const server = createServer((socket) => socket.end(secret)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const holder = new Holder()
  t.same(await holder.ask('take', [way, (server.address() as AddressInfo).port]), { byteLength: secret.byteLength })
  server.close()
  return holder
}

async function throughFile(t: Test, way: string, secret: Buffer): Promise<Holder> {
  const path = join(folder, 'stdin')
  writeFileSync(path, secret)
  const descriptor = openSync(path, 'r')
  const holder = new Holder({ stdin: descriptor })
  closeSync(descriptor)
  t.same(await holder.ask('take', [way, path]), { byteLength: secret.byteLength })
  return holder
}

type Through = (t: Test, way: string, secret: Buffer) => Promise<Holder>

const ways: [string, string, Through][] = [
  ['fromFile of stdin', 'a pipe', throughPipe],
  ['fromFileSync of stdin', 'a pipe', throughPipe],
  ['fromFile of stdin', 'a Unix socket', throughSocket],
  ['fromFileSync of stdin', 'a Unix socket', throughSocket],
  ['fromFile of stdin', 'a file', throughFile],
  ['fromStream of stdin', 'a pipe', throughPipe],
  ['fromStream of stdin', 'a Unix socket', throughSocket],
  ['fromStream of a socket', 'TCP', throughTcp],
  ['fromStream of stdin', 'a file', throughFile],
  ['fromStream of a file', 'a file', throughFile],
]

for (const [way, through, start] of ways) {
  t.test(`${way}, ${through}: no copy in ordinary memory`, { timeout: 240_000 }, async (t) => {
    const secret = randomBytes(48)
    const holder = await start(t, way, secret)
    t.teardown(() => holder.end())
    t.same(scanFor(holder.pid, secret), [], 'neither the secret, nor its hex, nor its base64')
    t.same(await holder.ask('plant'), { sha256: digest(secret) }, 'it was this secret')
    const found = forms(scanFor(holder.pid, secret))
    t.ok(
      ['raw', 'hex', 'base64'].every((form) => found.includes(form)),
      'planted copies are found',
    )
  })
}

t.test('the buffers of a file stream that is not read by its descriptor stay: the docs say so', async (t) => {
  const secret = randomBytes(48)
  const holder = await throughFile(t, 'fromStream of a file, through a generator', secret)
  t.teardown(() => holder.end())
  t.equal(forms(scanFor(holder.pid, secret)).includes('part of raw'), true)
})
