import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { type Patterns, scanProcess } from './memory-scan'
import { connectTo, type PeerOptions, startPeer } from './tls-peer-process'

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

/**
 * What root finds in a process with two open connections as a server and two as a client: of the server's key, and of all
 * that the key logs of the connections tell. folder: of server.pem and server.crt.
 */
export async function findInTls(
  folder: string,
  keyPatterns: Patterns,
  options: PeerOptions,
): Promise<{ found: string[]; names: string[] }> {
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
  const peer = await startPeer(folder, options)
  const sockets: tls.TLSSocket[] = []
  try {
    for (const version of VERSIONS) {
      sockets.push(await connectTo(peer.port, version, add(`server ${version}`)))
      const answer = await peer.ask({ connect: (own.address() as AddressInfo).port, version })
      if (answer !== 'connected') throw new Error(`Expected connected but received ${String(answer)}`)
    }
    return { found: scanProcess(peer.pid, patterns), names: [...patterns.keys()] }
  } finally {
    sockets.forEach((socket) => socket.destroy())
    await peer.end()
    own.close()
  }
}
