// Measures operations of node:crypto and node:tls for a while each and prints operations a second of CPU time as JSON: the
// clock on the wall would measure the machine's other work too. Started by main.ts with and without the preload library.
// Arguments: the folder of the files; a word for only the operations whose name contains it; how many connections to hold open
// meanwhile.
import { spawnSync } from 'node:child_process'
import * as crypto from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'

const [, , folder = '', word = '', held = '0'] = process.argv
const SLICE = 300
const rsa = crypto.createPrivateKey(readFileSync(join(folder, 'server.pem')))
const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const key = crypto.createSecretKey(crypto.randomBytes(32))
const message = Buffer.alloc(64)

function encrypt(text: Buffer): void {
  const cipher = crypto.createCipheriv('aes-256-gcm', key, Buffer.alloc(12))
  cipher.update(text)
  cipher.final()
}

async function makeHandshake(): Promise<() => Promise<void>> {
  const options = { key: readFileSync(join(folder, 'server.pem')), cert: readFileSync(join(folder, 'server.crt')) }
  const server = tls.createServer({ ...options, minVersion: 'TLSv1.3' })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  server.unref()
  const { port } = server.address() as AddressInfo
  const secureContext = tls.createSecureContext()
  const open = (): tls.TLSSocket => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, secureContext })
  for (let count = 0; count < Number(held); count++) await once(open(), 'secureConnect')
  server.on('secureConnection', (socket) => socket.end())
  return async () => {
    const socket = open()
    socket.resume()
    await once(socket, 'close')
  }
}

async function rate(operation: () => unknown, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() < end) {
    await operation()
    count++
  }
  const { user, system } = process.cpuUsage(before)
  return (count * 1e6) / (user + system)
}

async function main(): Promise<void> {
  const operations: Record<string, () => unknown> = {
    'RSA-2048 signature': () => crypto.sign('sha256', message, rsa),
    'P-256 signature': () => crypto.sign('sha256', message, ec),
    'AES-256-GCM, 1 KiB': () => encrypt(Buffer.alloc(1024)),
    'AES-256-GCM, 64 KiB': () => encrypt(Buffer.alloc(65_536)),
    'TLS 1.3 full handshake, both sides': await makeHandshake(),
    // Of this process alone: the fork.
    'start of another program': () => spawnSync('/bin/true'),
  }
  const rates: Record<string, number> = {}
  for (const [name, operation] of Object.entries(operations).filter(([each]) => each.includes(word))) {
    await rate(operation, SLICE / 3)
    rates[name] = await rate(operation, SLICE)
  }
  console.log(JSON.stringify(rates))
}

// Connections that are held would keep the process.
void main().then(() => process.exit())
