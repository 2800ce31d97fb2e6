import { execFileSync } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import type { AsyncReadOptions } from '../../lib/read-file'
import { SecretBuffer } from '../../lib/secret-buffer'
import { liveSecrets } from './live'
import { LINUX } from './run-child'
import {
  BAD_ENCODING,
  INVALID_TYPE,
  INVALID_VALUE,
  MARKER,
  OUT_OF_RANGE,
  rejectionOf,
  thrownBy,
  TOO_LARGE,
} from './thrown'
import { UNKNOWN_ENCODING } from './thrown'

const folder = t.testdir({})
const path = (name: string): string => join(folder, name)
const file = (name: string, contents: string | Uint8Array): string => {
  writeFileSync(path(name), contents)
  return path(name)
}
const openDescriptors = (): number => (LINUX ? readdirSync('/proc/self/fd').length : 0)

/** By both functions, from whichever kind of file both take. */
async function both(name: string | URL | Buffer, options?: AsyncReadOptions): Promise<SecretBuffer[]> {
  return [SecretBuffer.fromFileSync(name, options), await SecretBuffer.fromFile(name, options)]
}

async function bothRefuse(name: string, options: AsyncReadOptions, code: string): Promise<void> {
  const secrets = liveSecrets()
  const descriptors = openDescriptors()
  t.equal(thrownBy(() => SecretBuffer.fromFileSync(name, options), name).code, code, `fromFileSync ${name}`)
  t.equal((await rejectionOf(SecretBuffer.fromFile(name, options), name)).code, code, `fromFile ${name}`)
  t.equal(liveSecrets(), secrets, 'no secret is left')
  t.equal(openDescriptors(), descriptors, 'no descriptor is left')
}

t.test('paths of every kind and files of every size', async (t) => {
  const plain = file('plain', MARKER)
  for (const name of [plain, pathToFileURL(plain), Buffer.from(plain)]) {
    for (const secret of await both(name)) t.equal(secret.revealString(), MARKER)
  }
  for (const size of [1, 2, 4095, 4096, 4097, 100_000]) {
    const bytes = Buffer.alloc(size, 'size ')
    for (const secret of await both(file(`of-${size}`, bytes))) {
      t.equal(secret.byteLength, size)
      t.ok(secret.equals(bytes))
      secret.dispose()
    }
  }
  const [isolated] = await both(plain, { isolated: true })
  t.equal(isolated?.revealString(), MARKER)
})

t.test("fs's own errors, with path and syscall", async (t) => {
  const missing = path('missing')
  for (const error of [
    thrownBy(() => SecretBuffer.fromFileSync(missing)),
    await rejectionOf(SecretBuffer.fromFile(missing)),
  ]) {
    t.match(error, { code: 'ENOENT', syscall: 'open', path: missing, message: /^ENOENT: no such file/ })
    t.type(error.errno, 'number')
  }
  mkdirSync(path('directory'))
  for (const name of [path('directory'), pathToFileURL(path('directory'))]) {
    for (const error of [
      thrownBy(() => SecretBuffer.fromFileSync(name)),
      await rejectionOf(SecretBuffer.fromFile(name)),
    ]) {
      t.match(error, { code: 'EISDIR', syscall: 'read', path: path('directory') })
    }
  }
  await bothRefuse(missing, {}, 'ENOENT')
  await bothRefuse(path('directory'), {}, 'EISDIR')
  await bothRefuse(`${file('no-directory', 'x')}/below`, {}, 'ENOTDIR')
  t.equal(thrownBy(() => SecretBuffer.fromFileSync(1e6)).code, 'EBADF')
  t.equal((await rejectionOf(SecretBuffer.fromFile(1e6))).code, 'EBADF')
})

t.test('maxBytes is exact', async (t) => {
  for (const size of [1, 10, 4096, 5000]) {
    const name = file(`limit-${size}`, Buffer.alloc(size, 'x'))
    for (const secret of await both(name, { maxBytes: size })) t.equal(secret.byteLength, size)
    for (const secret of await both(name, { maxBytes: size + 1 })) t.equal(secret.byteLength, size)
    if (size > 1) await bothRefuse(name, { maxBytes: size - 1 }, TOO_LARGE)
  }
  const line = file('line', '6869\n')
  await bothRefuse(line, { maxBytes: 4, trimNewline: true, decode: 'hex' }, TOO_LARGE)
  for (const secret of await both(line, { maxBytes: 5, trimNewline: true, decode: 'hex' })) {
    t.equal(secret.revealString(), 'hi', 'before trimming and decoding')
  }
  const mebibyte = file('mebibyte', Buffer.alloc(1 << 20))
  for (const secret of await both(mebibyte)) secret.dispose()
  await bothRefuse(file('more', Buffer.alloc((1 << 20) + 1)), {}, TOO_LARGE)
})

t.test('trimNewline drops one newline and no more', async (t) => {
  const cases = [
    ['key', 'key'],
    ['key\n', 'key'],
    ['key\r\n', 'key'],
    ['key\n\n', 'key\n'],
    ['key\r', 'key\r'],
    ['key\n\r\n', 'key\n'],
    ['key\r\r\n', 'key\r'],
    [' key ', ' key '],
  ] as const
  for (const [contents, expected] of cases) {
    const name = file('newline', contents)
    for (const secret of await both(name, { trimNewline: true })) t.equal(secret.revealString(), expected)
    for (const secret of await both(name, { trimNewline: false })) t.equal(secret.revealString(), contents)
    for (const secret of await both(name)) t.equal(secret.revealString(), contents, 'kept by default')
  }
})

t.test('decode', async (t) => {
  const bytes = Buffer.from(MARKER)
  for (const decode of ['hex', 'base64', 'base64url'] as const) {
    const name = file(`text-${decode}`, `${bytes.toString(decode)}\n`)
    for (const secret of await both(name, { decode, trimNewline: true })) t.ok(secret.equals(bytes), decode)
    await bothRefuse(name, { decode }, BAD_ENCODING)
    await bothRefuse(file('not-encoded', `${MARKER}!`), { decode }, BAD_ENCODING)
  }
})

t.test('nothing to read is refused', async () => {
  await bothRefuse(file('empty', ''), {}, INVALID_VALUE)
  await bothRefuse(file('newline-only', '\n'), { trimNewline: true }, INVALID_VALUE)
  await bothRefuse(path('empty'), { decode: 'hex' }, INVALID_VALUE)
  if (LINUX) await bothRefuse('/dev/null', {}, INVALID_VALUE)
})

t.test('bad options, before anything is consumed', async (t) => {
  const name = file('untouched', MARKER)
  const descriptor = openSync(name, 'r')
  t.teardown(() => closeSync(descriptor))
  const cases: readonly [unknown, string][] = [
    [{ decode: 'utf8' }, UNKNOWN_ENCODING],
    [{ decode: 1 }, UNKNOWN_ENCODING],
    [{ trimNewline: 'yes' }, INVALID_TYPE],
    [{ maxBytes: '10' }, INVALID_TYPE],
    [{ maxBytes: 0 }, OUT_OF_RANGE],
    [{ maxBytes: -1 }, OUT_OF_RANGE],
    [{ maxBytes: 1.5 }, OUT_OF_RANGE],
    [{ maxBytes: NaN }, OUT_OF_RANGE],
    [{ maxBytes: Infinity }, OUT_OF_RANGE],
    [{ maxBytes: 10n }, INVALID_TYPE],
    [{ signal: {} }, INVALID_TYPE],
    [{ signal: { aborted: false } }, INVALID_TYPE],
    [{ signal: null }, INVALID_TYPE],
    [{ isolated: 1 }, INVALID_TYPE],
    [{ minBacking: 'none' }, INVALID_VALUE],
    [null, INVALID_TYPE],
    ['utf8', INVALID_TYPE],
  ]
  for (const [options, code] of cases) {
    t.equal(thrownBy(() => SecretBuffer.fromFileSync(descriptor, options as never)).code, code)
    t.equal((await rejectionOf(SecretBuffer.fromFile(descriptor, options as never))).code, code)
  }
  const first = Buffer.alloc(5)
  readSync(descriptor, first, 0, 5, null)
  t.equal(first.toString(), MARKER.slice(0, 5))
})

t.test('a descriptor or FileHandle is read from where it stands, and left open', async (t) => {
  const name = file('positioned', `skip:${MARKER}`)
  const descriptor = openSync(name, 'r')
  readSync(descriptor, Buffer.alloc(5), 0, 5, null)
  t.equal(SecretBuffer.fromFileSync(descriptor).revealString(), MARKER)
  t.equal(fstatSync(descriptor).isFile(), true)
  closeSync(descriptor)

  const other = openSync(name, 'r')
  readSync(other, Buffer.alloc(5), 0, 5, null)
  t.equal((await SecretBuffer.fromFile(other)).revealString(), MARKER)
  t.equal(fstatSync(other).isFile(), true)
  closeSync(other)

  const handle = await open(name)
  await handle.read(Buffer.alloc(5), 0, 5, null)
  t.equal((await SecretBuffer.fromFile(handle)).revealString(), MARKER)
  t.equal((await handle.stat()).isFile(), true)
  t.equal(
    thrownBy(() => SecretBuffer.fromFileSync(handle as never)).code,
    INVALID_TYPE,
    'no FileHandle for the sync one',
  )
  await handle.close()
  t.type((await rejectionOf(SecretBuffer.fromFile(handle))).code, 'string')
})

t.test('what is no file', async (t) => {
  for (const value of [undefined, null, {}, [], 1n, Symbol('file'), true, SecretBuffer.alloc(4)]) {
    t.equal(thrownBy(() => SecretBuffer.fromFileSync(value as never)).code, INVALID_TYPE)
    t.equal((await rejectionOf(SecretBuffer.fromFile(value as never))).code, INVALID_TYPE)
  }
  for (const value of [-1, 0.5, NaN, 2 ** 40]) {
    t.equal(thrownBy(() => SecretBuffer.fromFileSync(value)).code, OUT_OF_RANGE)
    t.equal((await rejectionOf(SecretBuffer.fromFile(value))).code, OUT_OF_RANGE)
  }
  t.equal(thrownBy(() => SecretBuffer.fromFileSync('a\0b')).code, INVALID_VALUE)
})

t.test('a FileHandle that is none cannot pass zeros for bytes that were read', async (t) => {
  for (const bytesRead of [1000, -1, NaN, 0.5, '4', undefined]) {
    const forged = { fd: 9, stat: async () => statSync(folder), read: async () => ({ bytesRead }) }
    t.match((await rejectionOf(SecretBuffer.fromFile(forged as never))).code, /ERR_(OUT_OF_RANGE|INVALID_ARG_TYPE)/)
  }
})

t.test('files that tell no size: /proc', { skip: !LINUX && 'needs Linux' }, async (t) => {
  for (const secret of await both('/proc/self/cmdline')) {
    t.ok(secret.equals(readFileSync('/proc/self/cmdline')))
  }
  const expected = readFileSync('/proc/version')
  for (const secret of await both('/proc/version')) t.ok(secret.equals(expected))
  for (const secret of await both('/proc/cpuinfo')) t.ok(secret.byteLength > 1)
})

t.test('a FIFO, and a signal that gives up on it', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const fifo = path('fifo')
  execFileSync('mkfifo', [fifo])
  const before = openDescriptors()
  const reader = SecretBuffer.fromFile(fifo)
  const writer = await open(fifo, 'w')
  await writer.write('in two ')
  await writer.write('writes')
  await writer.close()
  t.equal((await reader).revealString(), 'in two writes')

  const abort = new AbortController()
  const blocked = rejectionOf(SecretBuffer.fromFile(fifo, { signal: abort.signal }))
  setTimeout(() => abort.abort(), 20)
  t.equal((await blocked).name, 'AbortError', 'while it waits for a writer')
  // Lets an open(2) of a thread of the pool return, if there is one; it never waits itself.
  const late = await open(fifo, 'r+')
  await late.close()

  const reading = new AbortController()
  const half = rejectionOf(SecretBuffer.fromFile(fifo, { signal: reading.signal }))
  const quiet = await open(fifo, 'w')
  await quiet.write('half')
  setTimeout(() => reading.abort(new Error('enough')), 20)
  t.equal((await half).message, 'enough', 'while it waits for more')
  await quiet.close()
  for (let i = 0; i < 200 && openDescriptors() > before; ++i) await new Promise((resolve) => setTimeout(resolve, 10))
  t.equal(openDescriptors(), before, 'all is closed')
})

t.test('a signal', async (t) => {
  const name = file('signalled', MARKER)
  const live = new AbortController()
  t.equal((await SecretBuffer.fromFile(name, { signal: live.signal })).revealString(), MARKER)
  const secrets = liveSecrets()
  const error = await rejectionOf(SecretBuffer.fromFile(name, { signal: AbortSignal.abort() }))
  t.equal(error.name, 'AbortError')
  const reason = new Error('a reason of its own')
  t.equal(await rejectionOf(SecretBuffer.fromFile(name, { signal: AbortSignal.abort(reason) })), reason)
  const pending = rejectionOf(SecretBuffer.fromFile(name, { signal: live.signal }))
  live.abort(reason)
  t.equal(await pending, reason)
  t.equal(liveSecrets(), secrets)
})
