import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { SecretBuffer } from '../../lib/index'
import { receiveSecret, sendSecret } from '../../lib/share'
import { native } from '../../lib/native'
import { PYTHON } from '../support/python'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'handover-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newPath = (): string => join(folder, `socket${++count}`)
const openDescriptors = (): number => readdirSync('/proc/self/fd').length

/** The receiver listens in its first, synchronous step. */
function listen(path: string, options?: Parameters<typeof receiveSecret>[1]): ReturnType<typeof receiveSecret> {
  const receiving = receiveSecret(path, options)
  receiving.catch(() => undefined)
  return receiving
}

t.test('from one process to another, over a path', async (t) => {
  const path = newPath()
  const secret = SecretBuffer.from('handed over')
  const script = `require(${JSON.stringify(require.resolve('../../lib/share'))}).receiveSecret(${JSON.stringify(path)})
    .then(({ name, secret }) => process.stdout.write(name + ': ' + secret.revealString()))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 240_000 })
  const said = text(child.stdout)
  while (true) {
    const sent = await sendSecret(path, secret, { name: 'clé' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED') throw error
        return false
      },
    )
    if (sent) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  t.equal(await said, 'clé: handed over')
  t.notOk(existsSync(path), 'the socket file is gone')
})

t.test('nothing stays open; the file is private while it is there', async (t) => {
  const path = newPath()
  await Promise.all([listen(path), sendSecret(path, SecretBuffer.random(8))])
  const before = openDescriptors()
  const receiving = listen(path)
  t.equal(statSync(path).mode & 0o777, 0o600)
  await sendSecret(path, SecretBuffer.random(40_000), { name: 'n'.repeat(255) })
  const { name, secret } = await receiving
  t.equal(name, 'n'.repeat(255))
  t.equal(secret.byteLength, 40_000)
  t.equal(openDescriptors(), before)
})

/** A connected pair: no library function makes one, so a listener of the package's own does. */
async function connectedPair(t: { teardown(act: () => void): void }): Promise<[number, number]> {
  const path = newPath()
  if (native === null) throw new Error('Expected the addon but received none')
  const listener = native.bindSocket(path)
  native.listenSocket(listener)
  const client = native.connectSocket(path)
  const server = native.acceptSocket(listener)
  closeSync(listener)
  t.teardown(() => [client, server].forEach((fd) => closeSync(fd)))
  return [client, server]
}

t.test('on a connected descriptor, several in a row', async (t) => {
  const [one, other] = await connectedPair(t)
  const secrets = ['first', 'second', 'third'].map((word) => SecretBuffer.from(word))
  // All sent before any is received: each answer is for one of them.
  const sending = secrets.map((secret, i) => sendSecret(one, secret, { name: `${i}` }))
  for (const [i, word] of ['first', 'second', 'third'].entries()) {
    const { name, secret } = await receiveSecret(other)
    t.equal(name, `${i}`)
    t.equal(secret.revealString(), word)
  }
  await Promise.all(sending)
})

t.test('another user at the other end is refused, at both ends', async (t) => {
  const uid = (process.getuid?.() ?? 0) + 1
  const path = newPath()
  const receiving = listen(path)
  await t.rejects(sendSecret(path, SecretBuffer.random(8), { uid }), { code: 'ERR_MEMFD_SECRET_PEER' })
  await t.rejects(receiving, { code: 'ERR_MEMFD_SECRET_PEER' }, 'the sender went away')

  const expecting = listen(path, { uid })
  t.equal(statSync(path).mode & 0o777, 0o666, 'another user could not connect else')
  await t.rejects(sendSecret(path, SecretBuffer.random(8)), { code: 'ERR_MEMFD_SECRET_PEER' }, 'refused')
  await t.rejects(expecting, { code: 'ERR_MEMFD_SECRET_PEER', message: new RegExp(`user id ${uid}`) })

  const anyone = listen(path, { uid: 'any' })
  await sendSecret(path, SecretBuffer.from('to anyone'), { uid: 'any' })
  t.equal((await anyone).secret.revealString(), 'to anyone')
})

t.test('a process of another user', { skip: process.getuid?.() !== 0 && 'needs root' }, async (t) => {
  const path = newPath()
  chmodSync(folder, 0o755)
  // Connects, tells its user id, and waits until it is cut off.
  const script = `
import os, socket, sys
os.setgid(61009); os.setuid(61009)
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
peer.recv(1)
`
  const receiving = listen(path, { uid: 61010 })
  const child = spawn(PYTHON, ['-c', script, path], { stdio: 'ignore', timeout: 240_000 })
  const ended = once(child, 'exit')
  await t.rejects(receiving, { code: 'ERR_MEMFD_SECRET_PEER', message: /received 61009/ })
  await ended
})

const send = (lines: string): string => `
import array, os, socket, struct, sys
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
def message(length, name=b"", magic=b"MFDSECR1"):
    return (magic + struct.pack("<QH", length, len(name)) + bytes(14) + name).ljust(288, b"\\0")
def give(data, *fds):
    peer.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])
${lines}
print(peer.recv(1))
`

t.test('messages and descriptors that are not what they say', async (t) => {
  writeFileSync(join(folder, 'file'), 'x'.repeat(4096))
  const wrong = {
    'no descriptor': ['give(message(32))', 'ERR_MEMFD_SECRET_BAD_HANDLE'],
    'a regular file': [
      `give(message(4096), os.open(${JSON.stringify(join(folder, 'file'))}, os.O_RDWR))`,
      'ERR_MEMFD_SECRET_BAD_HANDLE',
    ],
    'a memfd': [
      'fd = os.memfd_create("x"); os.ftruncate(fd, 32); give(message(32), fd)',
      'ERR_MEMFD_SECRET_BAD_HANDLE',
    ],
    'many descriptors': ['give(message(32), 0, 0, 0, 0, 0)', 'ERR_MEMFD_SECRET_BAD_HANDLE'],
    'another magic': ['give(message(32, magic=b"MFDSECR2"), 0)', 'ERR_MEMFD_SECRET_BAD_HANDLE'],
    'a name that is too long': [
      'give(message(32)[:16] + b"\\xff\\xff" + bytes(270), 0)',
      'ERR_MEMFD_SECRET_BAD_HANDLE',
    ],
    'half a message': ['give(message(32)[:100], 0); peer.shutdown(socket.SHUT_WR)', 'ERR_MEMFD_SECRET_PEER'],
    nothing: ['peer.shutdown(socket.SHUT_WR)', 'ERR_MEMFD_SECRET_PEER'],
    'byte by byte': ['[give(bytes([byte]), 0) for byte in message(32)]', 'ERR_MEMFD_SECRET_BAD_HANDLE'],
  }
  const before = openDescriptors()
  for (const [what, [lines = '', code]] of Object.entries(wrong)) {
    const path = newPath()
    const receiving = listen(path)
    const child = spawn(PYTHON, ['-c', send(lines), path], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 240_000 })
    // Listened for at once: it may exit before its output ends.
    const ended = once(child, 'exit')
    const said = text(child.stdout)
    await t.rejects(receiving, { code }, what)
    t.match(await said, /b'(\\x15)?'/, 'the sender is told')
    await ended
  }
  t.ok(openDescriptors() <= before + 1, 'whatever came is closed')
})

t.test('an abort, while listening, connecting, or waiting for an answer', async (t) => {
  const path = newPath()
  const reason = new Error('enough')
  const controller = new AbortController()
  const receiving = receiveSecret(path, { signal: controller.signal })
  setImmediate(() => controller.abort(reason))
  await t.rejects(receiving, reason)
  t.notOk(existsSync(path))

  const [one] = await connectedPair(t)
  const before = openDescriptors()
  const sender = new AbortController()
  const sending = sendSecret(one, SecretBuffer.random(8), { signal: sender.signal })
  setImmediate(() => sender.abort(reason))
  await t.rejects(sending, reason)
  t.equal(openDescriptors(), before)
  await t.rejects(receiveSecret(path, { signal: AbortSignal.abort(reason) }), reason)
})

t.test('paths and descriptors that are none', async (t) => {
  const secret = SecretBuffer.random(8)
  await t.rejects(sendSecret(newPath(), secret), { code: 'ENOENT', syscall: 'connect' })
  await t.rejects(sendSecret(join(folder, 'l'.repeat(200)), secret), { code: 'ENAMETOOLONG' })
  await t.rejects(receiveSecret(join(folder, 'file')), { code: 'EADDRINUSE', syscall: 'bind' })
  const file = openSync('/dev/null', 'r+')
  await t.rejects(sendSecret(file, secret), { code: 'ENOTSOCK' })
  await t.rejects(receiveSecret(file), { code: 'ENOTSOCK' })
  closeSync(file)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const fd = (server as unknown as { _handle: { fd: number } })._handle.fd
  await t.rejects(sendSecret(fd, secret), { code: 'EAFNOSUPPORT' })
  server.close()
  for (const wrong of ['', 'a\0b']) await t.rejects(receiveSecret(wrong), { code: 'ERR_INVALID_ARG_VALUE' })
  await t.rejects(sendSecret({} as string, secret), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(sendSecret('x', {} as SecretBuffer), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(sendSecret('x', secret, { name: 'n'.repeat(256) }), { code: 'ERR_OUT_OF_RANGE' })
  await t.rejects(sendSecret('x', secret, { uid: -1 }), { code: 'ERR_OUT_OF_RANGE' })
})

t.test('a socket file that a crash left is replaced, one that is listened at is not', async (t) => {
  const path = newPath()
  const script = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
  execFileSync(PYTHON, ['-c', script, path])
  t.ok(existsSync(path))
  const receiving = listen(path)
  await t.rejects(receiveSecret(path), { code: 'EADDRINUSE' })
  await sendSecret(path, SecretBuffer.from('to the first'))
  t.equal((await receiving).secret.revealString(), 'to the first', 'which has not noticed')
})

t.test('a net.Socket at the other end loses the descriptor: the sender learns it', async (t) => {
  const path = newPath()
  const taken: Socket[] = []
  const server = createServer((socket) => {
    taken.push(socket)
    socket.once('data', () => socket.end())
  }).listen(path)
  await once(server, 'listening')
  await t.rejects(sendSecret(path, SecretBuffer.random(8)), { code: 'ERR_MEMFD_SECRET_PEER' })
  t.equal(taken.length, 1)
  server.close()
})
