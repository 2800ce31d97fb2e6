// The child of the part "soak": an HTTPS service that signs what it is sent. Started under the preload library, by
// node out/stress/soak/service.js FOLDER. Prints its port; on a line on stdin it stops, audits itself and prints figures.
import { createHmac, sign } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SecretBuffer, type Stats, stats } from '../../lib/index'
import { collectUntil } from '../../test/collect-garbage'
import { auditForCopies } from './audit-for-copies'
import { LockedMemory } from './locked-memory'
import type { ServiceFigures } from './figures'

const folder = process.argv[2] ?? ''
const tokenPath = join(folder, 'token')
const failures: string[] = []
let requests = 0
const running = new Set<ServerResponse>()

const longLived = {
  'TLS key': SecretBuffer.fromFileSync(join(folder, 'tls.key')),
  'signing key': SecretBuffer.fromFileSync(join(folder, 'signing.key')),
  token: SecretBuffer.fromFileSync(tokenPath),
  'master key': SecretBuffer.random(32, { sealed: true }),
}
const signingKey = longLived['signing key'].toKeyObject()

const fail = (what: string): void => void (failures.length < 10 && failures.push(what))

/** A key for one request: of random bytes and of the master key, never outside of secrets but inside of OpenSSL. */
function deriveKey(body: Buffer): SecretBuffer {
  using session = SecretBuffer.random(32, { sealed: requests % 3 === 0, isolated: requests % 16 === 0 })
  const mac = session.use((key) => createHmac('sha256', key).update(body).digest())
  const derived = SecretBuffer.alloc(64, { sealed: requests % 2 === 0 })
  derived.set(mac)
  derived.set(session, 32)
  using half = derived.slice(0, 32)
  if (!half.equals(mac)) fail('a derived key is not what was set')
  if (longLived['master key'].equals(half)) fail('the master key equals another')
  mac.fill(0)
  return derived
}

async function answer(body: Buffer): Promise<string> {
  requests++
  const presented = await SecretBuffer.fromFile(tokenPath, { sealed: requests % 4 === 0 })
  if (!presented.equals(longLived.token)) fail('the token of a request is not what is in the file')
  const derived = deriveKey(body)
  // Ends while others are in use, and by either way.
  if (requests % 5 === 0) presented.destroy()
  else presented.dispose()
  const tag = await derived.use(async (key) => createHmac('sha256', key).update(body).digest('hex'))
  derived.dispose()
  return `${sign('sha256', body, signingKey).toString('base64')} ${tag}`
}

async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  running.add(response)
  try {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    response.end(await answer(Buffer.concat(parts)))
  } catch (error) {
    // What the client broke off is no failure.
    if (!request.destroyed && !response.destroyed) fail(error instanceof Error ? error.message : String(error))
    response.destroy()
  } finally {
    running.delete(response)
  }
}

async function stop(server: Server, memory: LockedMemory, before: Stats): Promise<ServiceFigures> {
  const lockedMemory = memory.stop()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
  // What a client broke off is answered all the same.
  while (running.size > 0) await new Promise((resolve) => setImmediate(resolve))
  await collectUntil(() => stats().quarantinedBytes <= before.quarantinedBytes)
  const after = stats()
  if (after.secrets !== before.secrets) fail(`${after.secrets} secrets in place of ${before.secrets}`)
  if (after.quarantinedBytes > before.quarantinedBytes) fail(`${after.quarantinedBytes} bytes never came back`)
  if (after.collectedUndisposed > 0) fail(`${after.collectedUndisposed} secrets were collected undisposed`)
  const sought = {
    ...longLived,
    'scalar of the TLS key': SecretBuffer.fromFileSync(join(folder, 'tls.scalar')),
    'prime of the signing key': SecretBuffer.fromFileSync(join(folder, 'signing.prime')),
  }
  for (const problem of await auditForCopies(sought)) fail(problem)
  return { requests, failures, lockedMemory }
}

// node:tls parses the key before createServer returns.
const server = longLived['TLS key'].use((key) =>
  createServer({ key, cert: readFileSync(join(folder, 'tls.crt')) }, (...args) => void onRequest(...args)),
)
const before = stats()
const memory = new LockedMemory()

server.on('tlsClientError', () => undefined)
server.listen(0, '127.0.0.1', () => writeSync(1, `${(server.address() as AddressInfo).port}\n`))
process.stdin.once('data', () => {
  void stop(server, memory, before).then((figures) => {
    writeSync(1, `${JSON.stringify(figures)}\n`)
    process.exit()
  })
})
