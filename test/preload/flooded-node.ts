// A remote client makes a server of Node's keep more than secret memory has room for. The keys that were loaded before stay
// there; so do those that are loaded now, and what the use of either makes, within handshakes and without.
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'
import t from 'tap'
import { idle, unfinished } from './flood'
import { certificateFor, writeKeys, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import type { Launcher } from './holder-process'
import { connectTo, type Peer, startPeer } from './tls-peer-process'

export interface FloodedNode {
  env?: Record<string, string>
  launcher?: Launcher
}

const folder = t.testdir({})
const at = (name: string): string => join(folder, name)

/** Writes the keys and answers what must not be readable. */
function writeFiles(): Map<string, Buffer> {
  const patterns = new Map<string, Buffer>()
  for (const [name, bytes] of writeKeys(folder).secrets) patterns.set(name, bytes)
  for (const file of ['server', 'late']) {
    for (const [name, bytes] of writeRsaKey(at(`${file}.pem`))) patterns.set(`${file} ${name}`, bytes)
  }
  writeRsaKey(at('client.pem'))
  for (const name of ['server', 'late', 'client']) certificateFor(at(`${name}.pem`), at(`${name}.crt`))
  return patterns
}

// 4 MiB: less than half of it is left to connections after the start.
const LIMIT = 4 * 1024 * 1024
const SOCKETS = 600

type Flood = (peer: Peer, count: number) => Promise<Socket[]>
// The first of each lets the servers use their key in another way: decrypt, sign for TLS 1.2, sign for TLS 1.3. Of a key that
// was loaded since, the first use makes what OpenSSL then keeps with it.
const FLOODS: Record<string, readonly Flood[]> = {
  idle: [
    ({ port }, count) => idle(port, count, 'TLSv1.2', { ciphers: 'AES256-GCM-SHA384' }),
    ({ port }, count) => idle(port, count, 'TLSv1.2'),
    ({ port }, count) => idle(port, count, 'TLSv1.3'),
  ],
  'in the middle of a handshake': [
    ({ port }, count) => unfinished(port, count, { version: 'TLSv1.2', ecdhCurve: 'secp384r1' }),
    ({ port }, count) => unfinished(port, count, { version: 'TLSv1.3' }),
    ({ port }, count) => unfinished(port, count, { version: 'TLSv1.3', ecdhCurve: 'prime256v1' }),
  ],
  'with certificates': [
    ({ asking }, count) => {
      const pair = { key: readFileSync(at('client.pem')), cert: readFileSync(at('client.crt')) }
      return idle(asking, count, 'TLSv1.3', { secureContext: tls.createSecureContext(pair) })
    },
  ],
}

/** A test for each kind of flood. */
export function testFloods(skip: string | false, { env = {}, launcher }: FloodedNode = {}): void {
  const patterns = skip === false ? writeFiles() : new Map<string, Buffer>()
  for (const [name, floods] of Object.entries(FLOODS)) {
    t.test(`${SOCKETS} connections, ${name}`, { skip }, async (t) => {
      const peer = await startPeer(folder, {
        preload: true,
        fixture: 'flooded',
        env: { ...env, MEMFD_SECRET_PRELOAD_MAX: String(LIMIT) },
        pipeStderr: true,
        launcher,
      })
      let stderr = ''
      peer.child.stderr?.on('data', (text) => (stderr += String(text)))
      const sockets: Socket[] = []
      const flood = async (count: number): Promise<void> => {
        for (const one of floods) sockets.push(...(await one(peer, count / floods.length)))
      }
      const scan = (when: string, withStack: boolean): void =>
        void t.strictSame(scanProcess(peer.pid, patterns, { withStack }), [], when)
      try {
        t.equal(await peer.ask('load'), 'load')
        const rest = await peer.status()
        t.match(rest, { active: true, fallbacks: 0 })
        await flood(SOCKETS / 2)
        const full = await peer.status()
        t.ok(full.fallbacks > SOCKETS, `${full.fallbacks} allocations went to malloc`)
        await flood(SOCKETS / 2)
        const fuller = await peer.status()
        t.ok(fuller.capacityBytes <= LIMIT)
        t.ok(
          Math.abs(fuller.bytesInUse - full.bytesInUse) < 16 * 1024,
          `what more connections keep is outside: ${full.bytesInUse} bytes, then ${fuller.bytesInUse}`,
        )
        t.equal(await peer.ask('use'), 'use')
        scan('after the use of keys', true)
        t.equal(await peer.ask('sign'), 'sign')
        for (let round = 0; round < 2; round++) scan('while keys sign', false)
        const more = flood(60)
        scan('while handshakes sign', false)
        await more
        t.equal(await peer.ask('load'), 'load')
        t.equal(await peer.ask('rotate'), 'rotate')
        await flood(60)
        sockets.push(await connectTo(peer.port, 'TLSv1.3', undefined, { servername: 'late.example' }))
        scan('keys that were loaded since, while they sign', false)
        t.equal(await peer.ask('rest'), 'rest')
        scan('keys that were loaded since', true)
        t.equal(stderr.match(/^memfd-secret: connections have used up their share/gm)?.length, 1)
        t.notMatch(stderr, /key material goes to ordinary memory/)
        // The connections that are gone make room again.
        sockets.forEach((socket) => socket.destroy())
        const half = (rest.bytesInUse + full.bytesInUse) / 2
        const end = Date.now() + 20_000
        let left = await peer.status()
        while (left.bytesInUse > half && Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 20))
          left = await peer.status()
        }
        t.ok(left.bytesInUse <= half, `${left.bytesInUse} of ${full.bytesInUse} bytes are left`)
      } finally {
        sockets.forEach((socket) => socket.destroy())
        await peer.end()
      }
    })
  }
}
