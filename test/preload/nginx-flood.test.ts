// flood.test.ts for a program whose OpenSSL is shared and has no frame pointers.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import * as tls from 'node:tls'
import t from 'tap'
import { idle, unfinished } from './flood'
import { certificateFor, writeKeys, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { type Nginx, startNginx, whyNoNginx } from './nginx-process'
import { copyForAnyUser, environment } from './preload-library'
import { type ConnectOptions, connectTo } from './tls-peer-process'

const skip = whyNoNginx()
const { folder, remove } = copyForAnyUser([])
t.teardown(remove)
const at = (name: string): string => join(folder, name)
const patterns = new Map<string, Buffer>()
if (skip === false) {
  for (const file of ['rsa', 'late']) {
    for (const [name, bytes] of writeRsaKey(at(`${file}.pem`))) patterns.set(`${file}.pem ${name}`, bytes)
  }
  for (const [name, bytes] of writeKeys(at('keys')).secrets) if (name.startsWith('pkcs12')) patterns.set(name, bytes)
  copyFileSync(at('keys/archived.pem'), at('ec.pem'))
  writeRsaKey(at('client.pem'))
  for (const name of ['rsa', 'ec', 'late', 'client']) certificateFor(at(`${name}.pem`), at(`${name}.crt`))
}

const LIMIT = 4 * 1024 * 1024
const SOCKETS = 900
const question = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

type Flood = (port: number, count: number) => Promise<Socket[]>
const suite =
  (version: tls.SecureVersion, ciphers?: string): Flood =>
  (port, count) =>
    idle(port, count, version, { question, ...(ciphers === undefined ? {} : { ciphers }) })
// Each key is used in each way: to decrypt, to sign for TLS 1.2 and for TLS 1.3. Ciphers with a MAC of their own and without.
const FLOODS: Record<string, readonly Flood[]> = {
  idle: [
    suite('TLSv1.2', 'AES256-GCM-SHA384'),
    suite('TLSv1.2', 'ECDHE-RSA-AES128-SHA'),
    suite('TLSv1.2', 'ECDHE-ECDSA-AES256-SHA384'),
    suite('TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305'),
    suite('TLSv1.3'),
  ],
  'in the middle of a handshake': [
    (port, count) => unfinished(port, count, { version: 'TLSv1.2', ecdhCurve: 'secp384r1' }),
    (port, count) => unfinished(port, count, { version: 'TLSv1.3' }),
    (port, count) => unfinished(port, count, { version: 'TLSv1.3', ecdhCurve: 'prime256v1' }),
  ],
  'with certificates': [
    (port, count) => {
      const pair = { key: readFileSync(at('client.pem')), cert: readFileSync(at('client.crt')) }
      const more: ConnectOptions = { secureContext: tls.createSecureContext(pair), servername: 'asking.example' }
      return idle(port, count, 'TLSv1.3', { question, ...more })
    },
  ],
}

// A name in a variable: nginx loads the key within each handshake.
const http = (port: number): string => `
  keepalive_timeout 3600s;
  client_header_timeout 3600s;
  map "" $late { default "late"; }
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ALL:@SECLEVEL=0;
  server {
    listen 127.0.0.1:${port} ssl backlog=2048;
    ssl_certificate rsa.crt; ssl_certificate_key rsa.pem;
    ssl_certificate ec.crt; ssl_certificate_key ec.pem;
    location / { return 200 "served"; }
  }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name asking.example;
    ssl_verify_client optional_no_ca;
    ssl_certificate rsa.crt; ssl_certificate_key rsa.pem;
    location / { return 200 "served"; }
  }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name late.example;
    ssl_certificate $late.crt; ssl_certificate_key $late.pem;
    location / { return 200 "served"; }
  }`

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function start(): Promise<{ nginx: Nginx; port: number }> {
  const port = await freePort()
  const answers = async (): Promise<boolean> => {
    const socket = await connectTo(port, 'TLSv1.3', undefined, { question }).catch(() => undefined)
    socket?.destroy()
    return socket !== undefined
  }
  const env = { MEMFD_SECRET_PRELOAD_MAX: String(LIMIT), MEMFD_SECRET_PRELOAD_REPORT: '1' }
  return { nginx: await startNginx({ folder, workers: 1, http: http(port), preload: true, env, answers }), port }
}

/** Handshakes without an end, which use each key in each way. */
function handshakes(port: number): ChildProcess[] {
  return [
    ['-tls1_2', '-cipher', 'AES256-GCM-SHA384'],
    ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA'],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384'],
    ['-tls1_3'],
  ].map((more) =>
    spawn('openssl', ['s_time', '-connect', `127.0.0.1:${port}`, '-new', '-time', '60', ...more], {
      env: environment(false),
      stdio: 'ignore',
    }),
  )
}

/** What a worker says in the end. */
function reported(log: string): { peak: number; fallbacks: number } {
  const line = /peak (\d+) of \d+ bytes locked, .* (\d+) fallbacks, connections told by their calls$/m.exec(log)
  if (line === null) throw new Error(`Expected a worker's report but received ${log}`)
  return { peak: Number(line[1]), fallbacks: Number(line[2]) }
}

for (const [name, floods] of Object.entries(FLOODS)) {
  t.test(`connections, ${name}`, { skip }, async (t) => {
    const peaks: number[] = []
    for (const count of [SOCKETS / 2, SOCKETS]) {
      const { nginx, port } = await start()
      const sockets: Socket[] = []
      let signing: ChildProcess[] = []
      const scan = (when: string, withStack: boolean): void =>
        void t.strictSame(scanProcess(Number(nginx.workers()[0]), patterns, { withStack }), [], when)
      try {
        for (const one of floods) sockets.push(...(await one(port, count / floods.length)))
        scan('after the handshakes', true)
        signing = handshakes(port)
        await new Promise((resolve) => setTimeout(resolve, 200))
        for (let round = 0; round < 4; round++) scan('while handshakes use the keys', false)
        const late = await connectTo(port, 'TLSv1.3', undefined, { question, servername: 'late.example' })
        sockets.push(late)
        t.ok(readFileSync(at('late.crt'), 'latin1').includes(late.getPeerCertificate().raw.toString('base64', 0, 36)))
        scan('a key that was loaded since', false)
      } finally {
        signing.forEach((child) => child.kill('SIGKILL'))
        sockets.forEach((socket) => socket.destroy())
        await nginx.stop()
      }
      const log = nginx.log()
      t.equal(log.match(/^memfd-secret: connections have used up their share/gm)?.length, 1)
      t.notMatch(log, /key material goes to ordinary memory|signal|exited with code [^0]/)
      const { peak, fallbacks } = reported(log)
      t.ok(fallbacks > count, `${fallbacks} allocations went to malloc`)
      peaks.push(peak)
    }
    const [few = 0, many = 0] = peaks
    t.ok(many < LIMIT && many - few < 24 * 1024, `what more connections keep is outside: ${few} bytes, then ${many}`)
  })
}
