import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { whyNoScan } from './preload-library'
import { connectTo, startPeer } from './tls-peer-process'

const folder = t.testdir({})
const keyPatterns = writeRsaKey(join(folder, 'server.pem'))
const skip = whyNoScan()
if (skip === false) certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

/** RFC 8446, 7.3: the key that records are encrypted with. */
function trafficKey(secret: Buffer): Buffer {
  const label = Buffer.from('tls13 key')
  const info = Buffer.concat([Buffer.from([0, 32, label.length]), label, Buffer.from([0])])
  return expandLabel(secret, info)
}

/** HKDF-Expand alone, of which node:crypto has only extract and expand together. */
function expandLabel(secret: Buffer, info: Buffer): Buffer {
  return createHmac('sha384', secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, 32)
}

/** A line of a key log: what it is, the connection, and the secret. */
function readKeyLog(name: string, line: Buffer): [string, Buffer][] {
  const [what = '', , hex = ''] = line.toString('latin1').trim().split(' ')
  const secret = Buffer.from(hex, 'hex')
  const record = /^(?:CLIENT|SERVER)_TRAFFIC_SECRET_0$/.test(what)
  return [
    [`${name} ${what}`, secret],
    ...(record ? ([[`${name} ${what} key`, trafficKey(secret)]] as [string, Buffer][]) : []),
  ]
}

/** What root finds in a process with two open connections as a server and two as a client. */
async function findIn(preload: boolean): Promise<{ found: string[]; names: string[] }> {
  const patterns = new Map(keyPatterns)
  const add = (name: string) => (line: Buffer) =>
    readKeyLog(name, line).forEach(([what, bytes]) => patterns.set(what, bytes))
  const pem = join(folder, 'server.pem')
  const own = tls.createServer({ key: readFileSync(pem), cert: readFileSync(join(folder, 'server.crt')) }, (socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  own.on('keylog', (line: Buffer, socket: tls.TLSSocket) => add(`client ${String(socket.getProtocol())}`)(line))
  await once(own.listen(0, '127.0.0.1'), 'listening')
  const peer = await startPeer(folder, { preload })
  const sockets: tls.TLSSocket[] = []
  try {
    for (const version of VERSIONS) {
      sockets.push(await connectTo(peer.port, version, add(`server ${version}`)))
      t.equal(await peer.ask({ connect: (own.address() as AddressInfo).port, version }), 'connected')
    }
    return { found: scanProcess(peer.pid, patterns), names: [...patterns.keys()] }
  } finally {
    sockets.forEach((socket) => socket.destroy())
    await peer.end()
    own.close()
  }
}

t.test('TLS 1.2 and 1.3, server and client: neither key nor traffic secrets are readable', { skip }, async (t) => {
  const { found, names } = await findIn(true)
  t.strictSame(found, [])
  t.ok(names.length >= 20, `looked for ${names.join(', ')}`)
})

t.test('without the preload the same scan finds them', { skip }, async (t) => {
  const { found } = await findIn(false)
  // The handshake's own secrets may be gone by now.
  const expected = ['rsa p, reversed']
  for (const role of ['server', 'client']) {
    expected.push(`${role} TLSv1.2 CLIENT_RANDOM`)
    for (const side of ['SERVER', 'CLIENT']) {
      expected.push(`${role} TLSv1.3 ${side}_TRAFFIC_SECRET_0`, `${role} TLSv1.3 ${side}_TRAFFIC_SECRET_0 key`)
    }
  }
  for (const name of expected) t.ok(found.includes(name), name)
})

t.test('ticket keys lie outside, as docs/preload.md says', { skip }, async (t) => {
  const keys = randomBytes(48)
  writeFileSync(join(folder, 'tickets.key'), keys)
  const peer = await startPeer(folder, { preload: true, tickets: true })
  try {
    const parts = new Map([
      ['hmac', keys.subarray(16, 32)],
      ['aes', keys.subarray(32, 48)],
    ])
    t.strictSame(scanProcess(peer.pid, parts), ['hmac', 'aes'])
  } finally {
    await peer.end()
  }
})
