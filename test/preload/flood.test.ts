// A remote client opens more connections than secret memory has room for: keys, and what signing makes of them, stay there.
import type { TLSSocket } from 'node:tls'
import { join } from 'node:path'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { whyNoScan } from './preload-library'
import { connectTo, startPeer } from './tls-peer-process'

const folder = t.testdir({})
const patterns = writeRsaKey(join(folder, 'server.pem'))
const skip = whyNoScan()
if (skip === false) certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
const CONNECTIONS = 200

t.test('connections past the limit, and signing meanwhile', { skip }, async (t) => {
  const peer = await startPeer(folder, { preload: true, env: { MEMFD_SECRET_PRELOAD_MAX: '3M' }, pipeStderr: true })
  let stderr = ''
  peer.child.stderr?.on('data', (text) => (stderr += String(text)))
  const sockets: TLSSocket[] = []
  try {
    const rest = await peer.status()
    t.match(rest, { active: true, fallbacks: 0 })
    for (let i = 0; i < CONNECTIONS; i += 10) {
      sockets.push(...(await Promise.all(Array.from({ length: 10 }, () => connectTo(peer.port, 'TLSv1.3')))))
    }
    const full = await peer.status()
    t.ok(full.fallbacks > CONNECTIONS, `${full.fallbacks} allocations went to malloc`)
    t.ok(full.capacityBytes <= 3 * 1024 * 1024)
    t.equal(await peer.ask('sign'), 'signing')
    for (let round = 0; round < 3; round++) t.strictSame(scanProcess(peer.pid, patterns), [])
    // The connections that are gone make room again.
    sockets.forEach((socket) => socket.destroy())
    let left = await peer.status()
    for (let tries = 0; tries < 100 && left.bytesInUse > full.bytesInUse / 2; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      left = await peer.status()
    }
    t.ok(
      left.bytesInUse < full.bytesInUse / 2 + rest.bytesInUse,
      `${left.bytesInUse} of ${full.bytesInUse} bytes are left`,
    )
    t.equal(stderr.match(/^memfd-secret: connections have used up their share/gm)?.length, 1)
    t.notMatch(stderr, /key material goes to ordinary memory/)
  } finally {
    sockets.forEach((socket) => socket.destroy())
    await peer.end()
  }
})
