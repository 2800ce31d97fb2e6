// A program linked to the shared libcrypto.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as tls from 'node:tls'
import t from 'tap'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { copyForAnyUser, environment, whyNoScan } from './preload-library'

const { folder, remove } = copyForAnyUser([])
t.teardown(remove)
const key = join(folder, 'server.pem')
const certificate = join(folder, 'server.crt')
const patterns = writeRsaKey(key)
const skip = whyNoScan()

/** The socket is there a moment before the server listens. */
async function connectTo(path: string): Promise<tls.TLSSocket> {
  for (let tries = 0; ; tries++) {
    const client = tls.connect({ path, rejectUnauthorized: false })
    try {
      await once(client, 'secureConnect')
      return client
    } catch (error) {
      if (tries === 300 || (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
      await sleep(10)
    }
  }
}

/** What root finds in `openssl s_server` after a handshake. */
async function findIn(preload: boolean): Promise<string[]> {
  const name = preload ? 'preload' : 'plain'
  const socket = join(folder, name)
  const args = ['s_server', '-key', key, '-cert', certificate, '-unix', name, '-quiet', '-no_ticket']
  const env = environment(preload, { MEMFD_SECRET_MIN_BACKING: preload ? 'memfd_secret' : '' })
  // Its standard input stays open, since it ends with it. It takes no path of more than 31 bytes, hence cwd.
  const server = spawn('openssl', args, { env, cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], timeout: 240_000 })
  const ended = once(server, 'exit')
  try {
    for (let tries = 0; tries < 3000 && server.exitCode === null && !existsSync(socket); tries++) await sleep(10)
    const client = await connectTo(socket)
    const found = scanProcess(server.pid ?? 0, patterns)
    client.destroy()
    return found
  } finally {
    server.kill('SIGKILL')
    await ended
  }
}

t.test('s_server: the key is not readable', { skip }, async (t) => {
  certificateFor(key, certificate)
  t.strictSame(await findIn(true), [])
})

t.test('without the preload it is', { skip }, async (t) => {
  t.match(await findIn(false), ['rsa d, reversed', 'rsa p, reversed', 'rsa q, reversed'])
})

t.test('commands work as ever, in both scopes', { skip }, async (t) => {
  for (const scope of ['keys', 'all']) {
    const run = (...args: string[]): string => {
      const env = environment(true, { MEMFD_SECRET_PRELOAD_SCOPE: scope })
      const { status, stdout, stderr } = spawnSync('openssl', args, { env, encoding: 'utf8', timeout: 240_000 })
      t.equal(status, 0, stderr)
      return stdout
    }
    t.match(run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'), /^-----BEGIN PRIVATE KEY-----\n/)
    t.match(run('rsa', '-in', key, '-check', '-noout'), /RSA key ok/)
    run('pkcs8', '-topk8', '-in', key, '-passout', 'pass:word', '-out', join(folder, `${scope}.pem`))
    t.match(
      run('pkey', '-in', join(folder, `${scope}.pem`), '-passin', 'pass:word', '-pubout'),
      /^-----BEGIN PUBLIC KEY-----\n/,
    )
  }
})

t.test('connections are told by their calls; without an unwinder, by source files alone', { skip }, async (t) => {
  const libraries = join(folder, 'libraries')
  mkdirSync(libraries)
  // No library, where the loader looks first.
  writeFileSync(join(libraries, 'libgcc_s.so.1'), '')
  for (const [paths, told] of [
    ['', 'their calls'],
    [libraries, 'source files alone'],
  ] as const) {
    const env = environment(true, { MEMFD_SECRET_PRELOAD_REPORT: '1', LD_LIBRARY_PATH: paths })
    const { status, stderr } = spawnSync('openssl', ['rand', '-hex', '8'], { env, encoding: 'utf8', timeout: 240_000 })
    t.equal(status, 0)
    t.ok(stderr.endsWith(`, connections told by ${told}\n`), stderr)
  }
})
