import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { probe, SecretBuffer } from '../../lib/index'
import { open, toProcess, toWorker } from '../../lib/share'
import { findCopies } from '../../lib/audit'
import { runFixture } from '../run-fixture'
import { countInOpenMemory } from './secret-memory'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret')
  process.exit()
}

const lib = (name: string): string => JSON.stringify(require.resolve(`../../lib/${name}`))

const SCRIPT = `
  const { open } = require(${lib('share')})
  const { parentPort, workerData } = require('node:worker_threads')
  const secret = open(workerData)
  parentPort.on('message', (byte) => {
    if (byte === null) { secret.dispose(); parentPort.close(); return }
    secret.use((bytes) => { bytes[0] = byte })
    parentPort.postMessage([secret.sealed, secret.revealString()])
  })
`

const CONTENTS = 'shared, and closed for everyone'

void t.test('a sealed secret stays sealed in a Worker, and each writes back what it changed alone', async (t) => {
  for (const isolated of [false, true]) {
    const secret = SecretBuffer.from(CONTENTS, 'utf8', { sealed: true, isolated })
    const worker = new Worker(SCRIPT, { eval: true, workerData: toWorker(secret) })
    const ask = async (byte: number): Promise<unknown> => {
      const reply = once(worker, 'message')
      worker.postMessage(byte)
      return (await reply)[0]
    }
    t.same(await ask(0x53), [true, `S${CONTENTS.slice(1)}`])
    t.equal(secret.revealString(), `S${CONTENTS.slice(1)}`)
    await secret.use(async (bytes) => {
      bytes[1] = 0x48
      await ask(0x54)
    })
    t.equal(secret.revealString(), `TH${CONTENTS.slice(2)}`, "a use does not undo another thread's")
    t.equal(countInOpenMemory(Buffer.from(CONTENTS.slice(2))), 0)
    const gone = once(worker, 'exit')
    worker.postMessage(null)
    await gone
    t.equal(secret.revealString(), `TH${CONTENTS.slice(2)}`)
    secret.dispose()
  }
})

void t.test('shared while it is in use: the view looks at a copy, and does not hold it', async (t) => {
  const secret = SecretBuffer.from(CONTENTS, 'utf8', { sealed: true })
  const opened = secret.use((bytes) => {
    bytes[0] = 0x53
    return open(toWorker(secret))
  })
  t.equal(secret.revealString(), `S${CONTENTS.slice(1)}`)
  t.equal(opened.revealString(), `S${CONTENTS.slice(1)}`)
  opened.dispose()
  secret.dispose()
})

void t.test('what is written in the use that a holder ends with is for the others', async (t) => {
  const secret = SecretBuffer.from(CONTENTS, 'utf8', { sealed: true })
  const one = open(toWorker(secret))
  one.use((bytes) => {
    one.dispose()
    bytes[0] = 0x53
  })
  t.equal(one.disposed, true)
  const other = open(toWorker(secret))
  const used = other.use(async (bytes) => {
    await null
    bytes[1] = 0x48
  })
  other.dispose()
  await used
  t.equal(secret.revealString(), `SH${CONTENTS.slice(2)}`)
  const destroyed = open(toWorker(secret))
  destroyed.use((bytes) => {
    bytes[2] = 0x41
    destroyed.destroy()
  })
  t.equal(secret.revealString(), `SH${CONTENTS.slice(2)}`, 'destroy() drops it')
  secret.dispose()
})

void t.test('what is open in one thread cannot be sealed in another', async (t) => {
  const secret = SecretBuffer.from(CONTENTS)
  const handle = toWorker(secret)
  t.throws(() => open(handle, { sealed: true }), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE' })
  const opened = open(handle)
  t.equal(opened.sealed, false)
  opened.dispose()
  secret.dispose()
})

void t.test('to a process and back, sealed at either end', async (t) => {
  const secret = SecretBuffer.from(CONTENTS, 'utf8', { sealed: true })
  using handle = toProcess(secret)
  const received = open({ fd: handle.fd, byteLength: handle.byteLength, ino: handle.ino }, { sealed: true })
  t.equal(received.sealed, true)
  t.ok(received.equals(secret))
  t.equal(countInOpenMemory(Buffer.from(CONTENTS)), 0)
})

void t.test('an audit looks for copies of a sealed secret', async (t) => {
  const secret = SecretBuffer.random(32, { sealed: true })
  t.same(await findCopies(secret), [])
  const copy = secret.use((bytes) => Buffer.from(bytes))
  t.ok((await findCopies(secret)).length > 0)
  copy.fill(0)
  t.same(await findCopies(secret), [])
})

void t.test('without the addon a sealed secret is refused, and nothing is read for it', async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-without-addon')
  const refused = 'ERR_MEMFD_SECRET_UNAVAILABLE'
  t.equal(stdout, `none\n${refused}\n${refused}, 5 bytes left, 0 secrets\n${refused}\n`, stderr)
  t.equal(status, 0)
})
