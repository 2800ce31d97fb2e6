import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { SecretBuffer, stats } from '../../lib/index'
import { open, toWorker } from '../../lib/share'
import { mappedSecretBytes } from '../secret-mappings'

const lib = (name: string): string => JSON.stringify(require.resolve(`../../lib/${name}`))

/** A Worker that opens what it is posted, and answers what it is asked. */
const SCRIPT = `
  const { SecretBuffer } = require(${lib('index')})
  const { open, toWorker } = require(${lib('share')})
  const { parentPort } = require('node:worker_threads')
  let secret
  const acts = {
    open: (handle) => { secret = open(handle); return secret.toString() },
    make: (text) => { secret = SecretBuffer.from(text); return toWorker(secret) },
    read: () => secret.revealString(),
    write: (text) => secret.set(Buffer.from(text)),
    dispose: () => secret.dispose(),
    exit: () => process.exit(),
  }
  parentPort.on('message', ([what, argument]) => {
    try { parentPort.postMessage({ answer: acts[what](argument) }) }
    catch (error) { parentPort.postMessage({ code: error.code }) }
  })
`

class Peer {
  readonly worker = new Worker(SCRIPT, { eval: true })

  async ask(what: string, argument?: unknown): Promise<{ answer?: unknown; code?: string }> {
    const reply = once(this.worker, 'message')
    this.worker.postMessage([what, argument])
    return (await reply)[0] as { answer?: unknown; code?: string }
  }

  async exit(): Promise<void> {
    const gone = once(this.worker, 'exit')
    this.worker.postMessage(['exit'])
    await gone
  }
}

t.test('plain data opens the same pages in a Worker', async (t) => {
  const secret = SecretBuffer.from('shared by two')
  const handle = toWorker(secret)
  t.same(Object.keys(handle), ['id', 'byteLength'])
  t.equal(handle.byteLength, 13)
  t.ok(handle.id > 1n << 64n, 'of 128 bits')
  t.equal(toWorker(secret).id, handle.id, 'one id for one secret')

  const peer = new Peer()
  t.match(await peer.ask('open', handle), { answer: /^\[SecretBuffer: 13 bytes, \w+\]$/ })
  t.same(await peer.ask('read'), { answer: 'shared by two' })
  await peer.ask('write', 'Share')
  t.equal(secret.revealString(), 'Shared by two', 'what one writes the other reads')

  secret.dispose()
  t.same(await peer.ask('read'), { answer: 'Shared by two' }, "one holder's dispose is not another's")
  const again = open(handle)
  t.equal(again.revealString(), 'Shared by two', 'it lives while anyone holds it')
  again.destroy()
  t.same(await peer.ask('dispose'), {})
  t.throws(() => open(handle), { code: 'ERR_MEMFD_SECRET_BAD_HANDLE' }, 'the last one wiped')
  await peer.exit()
})

t.test('a secret of a Worker outlives it where another thread holds it', async (t) => {
  const peer = new Peer()
  const { answer } = await peer.ask('make', 'made in a worker')
  const secret = open(answer as { id: bigint; byteLength: number })
  await peer.exit()
  t.equal(secret.revealString(), 'made in a worker')
  secret.dispose()
  t.throws(() => open(answer as { id: bigint; byteLength: number }), { code: 'ERR_MEMFD_SECRET_BAD_HANDLE' })
})

t.test('a Worker that ends, or collects, gives up its hold alone', async (t) => {
  const secret = SecretBuffer.from('kept here', 'utf8', { isolated: true })
  const handle = toWorker(secret)
  const peers = [new Peer(), new Peer()]
  for (const peer of peers) await peer.ask('open', handle)
  await Promise.all(peers.map((peer) => peer.exit()))
  t.equal(secret.revealString(), 'kept here')
  secret.dispose()
  t.throws(() => open(handle), { code: 'ERR_MEMFD_SECRET_BAD_HANDLE' })
})

t.test('every size, in place or moved; the memory comes back', async (t) => {
  const before = mappedSecretBytes()
  for (const isolated of [false, true]) {
    for (const byteLength of [1, 32, 2032, 2033, 4096, 70_000]) {
      const secret = SecretBuffer.random(byteLength, { isolated })
      const copy = SecretBuffer.from(secret)
      const opened = open(toWorker(secret))
      t.ok(secret.equals(copy) && opened.equals(copy), `${byteLength} bytes`)
      opened.fill(7)
      t.ok(secret.equals(opened))
      secret.dispose()
      t.ok(opened.equals(Buffer.alloc(byteLength, 7)))
      opened.dispose()
      copy.dispose()
    }
  }
  t.ok(mappedSecretBytes() <= before + (64 << 10), 'but for a chunk of the arena')
  t.equal(stats().pendingDisposals, 0)
})

t.test('a view cannot follow a secret that moves', async (t) => {
  const secret = SecretBuffer.from('small')
  const { bytes } = secret
  t.throws(() => toWorker(secret), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: /isolated: true/ })
  t.equal(bytes.toString(), 'small', 'and nothing has happened to it')
  const other = SecretBuffer.from('small')
  other.use(() => t.throws(() => toWorker(other), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE' }))
  t.equal(open(toWorker(other)).revealString(), 'small')
  t.equal(other.bytes.toString(), 'small')
})

t.test('handles that are none', async (t) => {
  const secret = SecretBuffer.random(16)
  const { id } = toWorker(secret)
  for (const wrong of [
    { id: id + 1n, byteLength: 16 },
    { id: 0n, byteLength: 16 },
    { id: -id, byteLength: 16 },
    { id: 1n << 200n, byteLength: 16 },
    { id, byteLength: 17 },
    { id, byteLength: 15 },
  ]) {
    t.throws(() => open(wrong), { code: 'ERR_MEMFD_SECRET_BAD_HANDLE' })
  }
  for (const wrong of [null, 'id', { id: 5, byteLength: 16 }, { id }, {}]) {
    t.throws(() => open(wrong as never), { code: /ERR_INVALID_ARG_TYPE/ })
  }
  secret.dispose()
  t.throws(() => toWorker(secret), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
  t.throws(() => toWorker({} as SecretBuffer), { code: 'ERR_INVALID_ARG_TYPE' })
})
