// A program that forks and goes on without exec: a master and two workers, each with a private copy of the secret pages.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tls from 'node:tls'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { type Nginx, startNginx, until, whyNoNginx } from './nginx-process'
import { copyForAnyUser } from './preload-library'

const skip = whyNoNginx()
const HANDSHAKES = 2000

// A Unix socket's path must be short.
const { folder, remove } = copyForAnyUser([])
t.teardown(remove)
const socket = join(folder, 'tls')
const key = join(folder, 'server.pem')
const patterns = writeRsaKey(key)
const http = `server {
  listen unix:${socket} ssl;
  ssl_certificate server.crt;
  ssl_certificate_key server.pem;
  location / { return 200 "served"; }
}`

/** One connection, one request. */
function request(): Promise<boolean> {
  return new Promise((resolve) => {
    const client = tls.connect({ path: socket, rejectUnauthorized: false }, () =>
      client.write('GET / HTTP/1.0\r\n\r\n'),
    )
    let text = ''
    client.on('data', (data) => (text += String(data)))
    client.on('error', () => {})
    client.on('close', () => resolve(text.endsWith('served')))
  })
}

async function requests(count: number): Promise<number> {
  let left = count
  let served = 0
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      if (await request()) served++
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return served
}

function start(preload: boolean): Promise<Nginx> {
  const answers = async (): Promise<boolean> => existsSync(socket) && request()
  return startNginx({ folder, workers: 2, http, preload, answers })
}

t.test(
  'a master and 2 workers: thousands of handshakes, a reload, no worker lost, no key readable',
  { skip },
  async (t) => {
    certificateFor(key, join(folder, 'server.crt'))
    const { pid, workers, stop, log } = await start(true)
    try {
      // The first may answer before the master has forked the second.
      await until('two workers', () => workers().length === 2)
      const before = workers()
      t.equal(await requests(HANDSHAKES), HANDSHAKES)
      t.strictSame(workers(), before, 'the same workers')
      for (const each of [pid, ...before.map(Number)]) {
        t.match(readFileSync(`/proc/${each}/maps`, 'utf8'), /\/secretmem/)
        t.strictSame(scanProcess(each, patterns), [])
      }
      process.kill(pid, 'SIGHUP')
      await until('new workers', () => !workers().some((worker) => before.includes(worker)))
      t.equal(await requests(300), 300)
      t.equal(workers().length, 2)
      for (const worker of workers()) t.strictSame(scanProcess(Number(worker), patterns), [])
      t.notMatch(log(), /memfd-secret|signal|exited with code [^0]/)
    } finally {
      await stop()
    }
  },
)

t.test('without the preload the key is readable in a worker', { skip }, async (t) => {
  const { workers, stop } = await start(false)
  try {
    t.equal(await requests(4), 4)
    t.ok(scanProcess(Number(workers()[0]), patterns).includes('rsa p, reversed'))
  } finally {
    await stop()
  }
})
