import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { whyNoScan } from './preload-library'
import { startPeer } from './tls-peer-process'
import { findInTls } from './tls-secrets'

const folder = t.testdir({})
const keyPatterns = writeRsaKey(join(folder, 'server.pem'))
const skip = whyNoScan()
if (skip === false) certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))

t.test('TLS 1.2 and 1.3, server and client: neither key nor traffic secrets are readable', { skip }, async (t) => {
  const { found, names } = await findInTls(folder, keyPatterns, { preload: true })
  t.strictSame(found, [])
  t.ok(names.length >= 20, `looked for ${names.join(', ')}`)
})

t.test('without the preload the same scan finds them', { skip }, async (t) => {
  const { found } = await findInTls(folder, keyPatterns, { preload: false })
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
