// Measures operations of node:crypto and node:tls for a while each and prints operations a second of CPU time as JSON: the
// clock on the wall would measure the machine's other work too. Started by main.ts with and without the preload library.
import * as crypto from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'

const [, , folder = '', slice = '300'] = process.argv
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
  const server = tls.createServer({ ...options, minVersion: 'TLSv1.3' }, (socket) => socket.end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  server.unref()
  const { port } = server.address() as AddressInfo
  const secureContext = tls.createSecureContext()
  return async () => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, secureContext })
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
  }
  const rates: Record<string, number> = {}
  for (const [name, operation] of Object.entries(operations)) {
    await rate(operation, Number(slice) / 3)
    rates[name] = await rate(operation, Number(slice))
  }
  console.log(JSON.stringify(rates))
}

void main()
