import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { SecretBuffer } from '../../lib/index'
import { map, memfdSecret, unmap } from '../../lib/raw'
import { open, toProcess } from '../../lib/share'
import { PYTHON } from '../support/python'
import { mappedSecretBytes } from '../secret-mappings'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const BAD = { code: 'ERR_MEMFD_SECRET_BAD_HANDLE' }
const lib = (name: string): string => JSON.stringify(require.resolve(`../../lib/${name}`))

const isOpen = (fd: number): boolean => {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

t.test('a descriptor of a copy: opened, copied, closed', async (t) => {
  const secret = SecretBuffer.random(5000)
  const handle = toProcess(secret)
  t.equal(handle.byteLength, 5000)
  t.equal(fstatSync(handle.fd).size, 5000, 'of exactly its size')
  t.equal(fstatSync(handle.fd, { bigint: true }).ino.toString(), handle.ino)
  const opened = open({ fd: handle.fd, byteLength: handle.byteLength, ino: handle.ino })
  t.ok(opened.equals(secret))
  t.notOk(isOpen(handle.fd))
  opened.fill(0)
  t.notOk(opened.equals(secret), 'pages of its own')
  const other = openSync('/dev/null', 'r')
  handle.close()
  t.ok(isOpen(other), 'close() knows that the number is another file by now')
  closeSync(other)
  t.throws(() => open(handle), BAD)
})

t.test('a sender that changes the pages later changes its own', async (t) => {
  const fd = memfdSecret()
  const memory = map(fd, 4096)
  Buffer.from(memory).write('as it was sent')
  const opened = open(fd)
  Buffer.from(memory).fill(0)
  t.equal(opened.slice(0, 14).revealString(), 'as it was sent')
  unmap(memory)
})

t.test('a child gets it at a place of its stdio', async (t) => {
  const secret = SecretBuffer.from('for a child alone')
  using handle = toProcess(secret)
  const script = `process.stdout.write(require(${lib('share')}).open(${JSON.stringify({
    fd: 3,
    byteLength: handle.byteLength,
    ino: handle.ino,
  })}).revealString() + require('fs').existsSync('/proc/self/fd/3'))`
  const child = spawnSync(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', handle.fd],
    encoding: 'utf8',
    timeout: 240_000,
  })
  t.equal(child.stdout, 'for a child alonefalse')
  handle.close()
  t.notOk(isOpen(handle.fd))
})

t.test('close-on-exec, and gone when it is closed', async (t) => {
  const handle = toProcess(SecretBuffer.random(32))
  const inherited = execFileSync('sh', ['-c', 'ls -l /proc/$$/fd'], { encoding: 'utf8' })
  t.notOk(inherited.includes('secretmem'))
  handle.close()
  handle.close()
  t.notOk(isOpen(handle.fd))
})

t.test('descriptors that are no such secret: refused, left open, nothing mapped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'share-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'file')
  writeFileSync(file, 'x'.repeat(4096))
  const server = createServer().listen(join(folder, 'socket'))
  await once(server, 'listening')
  t.teardown(() => server.close())
  const pipe = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  t.teardown(() => pipe.kill())
  const fdOf = (stream: unknown): number => (stream as { _handle: { fd: number } })._handle.fd

  const regular = openSync(file, 'r+')
  const directory = openSync(folder, 'r')
  const device = openSync('/dev/zero', 'r+')
  const empty = memfdSecret()
  const before = mappedSecretBytes()
  for (const fd of [regular, directory, device, empty, fdOf(pipe.stdin), fdOf(server), 9999]) {
    const wasOpen = isOpen(fd)
    for (const handle of [fd, { fd }, { fd, byteLength: 4096 }]) t.throws(() => open(handle), BAD, `descriptor ${fd}`)
    t.equal(isOpen(fd), wasOpen)
  }
  t.equal(mappedSecretBytes(), before)
  for (const fd of [regular, directory, device, empty]) closeSync(fd)
})

t.test('a memfd in the place of a secret', async (t) => {
  const script = `
import os, sys
fd = os.memfd_create("secretmem")
os.ftruncate(fd, 4096)
os.dup2(fd, 3)
os.execv(sys.argv[1], sys.argv[1:])
`
  const look = `try { require(${lib('share')}).open(3) } catch (error) { process.stdout.write(error.code) }`
  const child = spawnSync(PYTHON, ['-c', script, process.execPath, '-e', look], {
    encoding: 'utf8',
    timeout: 240_000,
  })
  t.equal(child.stdout, BAD.code, child.stderr)
})

t.test('of another size, of another inode, too large', async (t) => {
  const handle = toProcess(SecretBuffer.random(100))
  const { fd, ino } = handle
  const inode = BigInt(ino)
  t.throws(() => open({ fd, byteLength: 99 }), BAD)
  t.throws(() => open({ fd, byteLength: 101 }), BAD)
  t.throws(() => open({ fd, ino: `${inode + 1n}` }), BAD)
  t.throws(() => open(fd, { maxBytes: 99 }), { code: 'ERR_MEMFD_SECRET_TOO_LARGE' })
  for (const wrong of [{ fd: -1 }, { fd: 1.5 }, { fd, byteLength: 0 }]) {
    t.throws(() => open(wrong), { code: 'ERR_OUT_OF_RANGE' })
  }
  t.throws(() => open({ fd, ino: 5 as unknown as string }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.ok(isOpen(fd), 'left open by each of them')
  t.equal(open({ fd, byteLength: 100, ino }, { maxBytes: 100 }).byteLength, 100)
})
