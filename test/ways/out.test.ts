import { execFileSync, spawn } from 'node:child_process'
import { createHmac, createPrivateKey, generateKeyPairSync, createSecretKey, type KeyObject } from 'node:crypto'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { SecretBuffer } from '../../lib/index'

const folder = mkdtempSync(join(tmpdir(), 'ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

t.test('encode: text in secret memory, decoded back to the same bytes', async (t) => {
  for (const byteLength of [1, 2, 3, 4, 31, 32, 33, 5000]) {
    const secret = SecretBuffer.random(byteLength)
    const plain = Buffer.from(secret.use((bytes) => Uint8Array.from(bytes)))
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const encoded = secret.encode(encoding)
      t.equal(encoded.revealString(), plain.toString(encoding), `${byteLength} bytes as ${encoding}`)
      t.equal(encoded.backing, secret.backing)
      t.ok(SecretBuffer.from(encoded.revealString(), encoding).equals(secret))
    }
  }
  const secret = SecretBuffer.random(1)
  t.throws(() => secret.encode('utf8' as 'hex'), { code: 'ERR_UNKNOWN_ENCODING' })
  secret.dispose()
  t.throws(() => secret.encode('hex'), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
})

t.test('writeTo: a file, and a pipe that takes it in pieces', async (t) => {
  const path = join(folder, 'written')
  const secret = SecretBuffer.random(3 << 20)
  const fd = openSync(path, 'w')
  t.equal(secret.writeTo(fd), 3 << 20)
  t.equal(SecretBuffer.from('.').writeTo(fd), 1, 'from where the descriptor stands')
  closeSync(fd)
  t.ok(secret.equals(readFileSync(path).subarray(0, 3 << 20)))

  // The pipe that child_process makes is a socket in non-blocking mode: short writes and EAGAIN.
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  const received = buffer(child.stdout)
  const { fd: socket } = (child.stdin as unknown as { _handle: { fd: number } })._handle
  const part = secret.slice(0, 100_000)
  t.equal(part.writeTo(socket), 100_000)
  child.stdin.end()
  t.ok(part.equals(await received))
})

t.test('writeTo: what fails', async (t) => {
  const secret = SecretBuffer.random(8)
  t.throws(() => secret.writeTo(9999), { code: 'EBADF', syscall: 'write', errno: -9 })
  t.throws(() => secret.writeTo(-1), { code: 'ERR_OUT_OF_RANGE' })
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writeEnd = openSync(path, constants.O_WRONLY)
  closeSync(readEnd)
  t.throws(() => secret.writeTo(writeEnd), { code: 'EPIPE', syscall: 'write' })
  closeSync(writeEnd)
  secret.dispose()
  t.throws(() => secret.writeTo(1), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
})

t.test('toKeyObject: refused without the preload library, unless the copy is allowed', async (t) => {
  const secret = SecretBuffer.random(32)
  t.throws(() => secret.toKeyObject(), { code: 'ERR_MEMFD_SECRET_HEAP_COPY', message: /memfd-secret run/ })
  t.throws(() => secret.toKeyObject({ allowHeapCopy: false }), { code: 'ERR_MEMFD_SECRET_HEAP_COPY' })
  const key = secret.toKeyObject({ allowHeapCopy: true })
  const expected = secret.use((bytes) => createHmac('sha256', bytes).update('x').digest('hex'))
  t.equal(createHmac('sha256', key).update('x').digest('hex'), expected)
})

const allowHeapCopy = true
const same = (one: KeyObject, other: KeyObject): boolean =>
  (one.export({ type: 'pkcs8', format: 'der' }) as Buffer).equals(other.export({ type: 'pkcs8', format: 'der' }))

t.test('keys there and back', async (t) => {
  const secretKey = createSecretKey(Buffer.from('raw key bytes'))
  t.equal(SecretBuffer.fromKeyObject(secretKey).revealString(), 'raw key bytes')
  const keys = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    generateKeyPairSync('ed25519').privateKey,
    generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  ]
  for (const key of keys) {
    const pem = SecretBuffer.fromKeyObject(key)
    t.equal(pem.revealString(), key.export({ type: 'pkcs8', format: 'pem' }), String(key.asymmetricKeyType))
    t.ok(same(pem.toKeyObject({ allowHeapCopy }), key))
    const der = SecretBuffer.fromKeyObject(key, { format: 'der' })
    t.ok(same(der.toKeyObject({ allowHeapCopy, type: 'private' }), key))
    t.equal(der.toKeyObject({ allowHeapCopy }).type, 'secret', 'DER is not told from any bytes')
  }
  const [ec, , rsa] = keys
  for (const [key, encoding] of [
    [ec, 'sec1'],
    [rsa, 'pkcs1'],
  ] as const) {
    const der = SecretBuffer.take(key?.export({ type: encoding, format: 'der' }) as Buffer)
    t.ok(key !== undefined && same(der.toKeyObject({ allowHeapCopy, type: 'private', encoding }), key), encoding)
  }
})

t.test('an encrypted key, its passphrase a secret too', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const
  const pem = SecretBuffer.from(privateKey.export(options) as string)
  using passphrase = SecretBuffer.from('open sesame')
  t.ok(
    same(
      pem.toKeyObject({ allowHeapCopy, passphrase }),
      createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ),
  )
  t.throws(() => pem.toKeyObject({ allowHeapCopy, passphrase: SecretBuffer.from('another') }))
  t.throws(() => pem.toKeyObject({ allowHeapCopy }))
})

t.test('keys that are none', async (t) => {
  const { publicKey } = generateKeyPairSync('ed25519')
  t.throws(() => SecretBuffer.fromKeyObject(publicKey), { code: 'ERR_INVALID_ARG_VALUE' })
  for (const wrong of [null, {}, 'key', Buffer.alloc(32)]) {
    t.throws(() => SecretBuffer.fromKeyObject(wrong as unknown as KeyObject), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  const key = createSecretKey(Buffer.alloc(8, 1))
  t.throws(() => SecretBuffer.fromKeyObject(key, { format: 'jwk' as 'pem' }), { code: 'ERR_INVALID_ARG_VALUE' })
  const secret = SecretBuffer.random(8)
  for (const wrong of [{ type: 'public' }, { format: 'jwk' }, { encoding: 'spki' }]) {
    t.throws(() => secret.toKeyObject({ allowHeapCopy, ...(wrong as object) }), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  t.throws(() => secret.toKeyObject({ passphrase: 'a string' as unknown as SecretBuffer }), {
    code: 'ERR_INVALID_ARG_TYPE',
  })
})
