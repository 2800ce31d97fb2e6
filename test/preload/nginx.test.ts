// A program that forks and goes on without exec: a master and two workers, each with a private copy of the secret pages.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as tls from 'node:tls'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { copyForAnyUser, environment, whyNoScan } from './preload-library'

const nginx = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(':')]
  .map((path) => join(path, 'nginx'))
  .find(existsSync)
const skip = nginx === undefined ? 'needs nginx' : whyNoScan()
const HANDSHAKES = 2000

// A Unix socket's path must be short.
const { folder, remove } = copyForAnyUser([])
t.teardown(remove)
const socket = join(folder, 'tls')
const key = join(folder, 'server.pem')
const patterns = writeRsaKey(key)
/** Without the file's text: it passes through the buffer of stdio, which libc frees without a wipe and may not use again. */
const parsed = new Map([...patterns].filter(([name]) => !name.endsWith('pem')))
mkdirSync(join(folder, 'logs'))
writeFileSync(
  join(folder, 'nginx.conf'),
  `worker_processes 2;
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  ssl_session_tickets off;
  server {
    listen unix:${socket} ssl;
    ssl_certificate server.crt;
    ssl_certificate_key server.pem;
    location / { return 200 "served"; }
  }
}
`,
)

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

const workersOf = (master: number): string[] =>
  readFileSync(`/proc/${master}/task/${master}/children`, 'latin1').trim().split(' ')

/** A failed wait is an error, so that nginx is stopped: it would outlive a test that hangs. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return
    await sleep(20)
  }
  throw new Error(`Expected ${what} within a minute`)
}

async function start(
  preload: boolean,
): Promise<{ master: ChildProcess; pid: number; stop(): Promise<void>; log(): string }> {
  const env = environment(preload, { MEMFD_SECRET_MIN_BACKING: preload ? 'memfd_secret' : '' })
  const master = spawn(nginx ?? '', ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  master.stderr?.on('data', (text) => (log += String(text)))
  const ended = once(master, 'exit')
  const stop = async (): Promise<void> => {
    master.kill('SIGTERM')
    await ended
  }
  await until('nginx to answer', async () => master.exitCode !== null || (existsSync(socket) && (await request())))
  return { master, pid: master.pid ?? 0, stop, log: () => log }
}

t.test(
  'a master and 2 workers: thousands of handshakes, a reload, no worker lost, no key readable',
  { skip },
  async (t) => {
    certificateFor(key, join(folder, 'server.crt'))
    const { pid, stop, log } = await start(true)
    try {
      const before = workersOf(pid)
      t.equal(before.length, 2)
      t.equal(await requests(HANDSHAKES), HANDSHAKES)
      t.strictSame(workersOf(pid), before, 'the same workers')
      for (const each of [pid, ...before.map(Number)]) {
        t.match(readFileSync(`/proc/${each}/maps`, 'utf8'), /\/secretmem/)
        t.strictSame(scanProcess(each, parsed), [])
      }
      process.kill(pid, 'SIGHUP')
      await until('new workers', () => !workersOf(pid).some((worker) => before.includes(worker)))
      t.equal(await requests(300), 300)
      t.equal(workersOf(pid).length, 2)
      for (const worker of workersOf(pid)) t.strictSame(scanProcess(Number(worker), parsed), [])
      t.notMatch(log(), /memfd-secret|signal|exited with code [^0]/)
    } finally {
      await stop()
    }
  },
)

t.test('without the preload the key is readable in a worker', { skip }, async (t) => {
  const { pid, stop } = await start(false)
  try {
    t.equal(await requests(4), 4)
    t.ok(scanProcess(Number(workersOf(pid)[0]), patterns).includes('rsa p, reversed'))
  } finally {
    await stop()
  }
})
