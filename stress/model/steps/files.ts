import { execFileSync } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ReadOptions, SecretBuffer } from '../../../lib/index'
import { expectBytes, expectCode, expectRejects, expectSame, expectThrows } from '../expect'
import type { Step, World } from '../world'

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-stress-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'file')
const scratch = openSync(join(folder, 'scratch'), 'a+')
const MOST_SCRATCH = 8 << 20

/** One descriptor for both ends of a FIFO. */
function openPipe(): number {
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  return openSync(fifo, 'r+')
}

const pipe = openPipe()

interface Written {
  bytes: Buffer
  text: Buffer
  options: ReadOptions
}

/** A file's text for some bytes: as they are, or encoded, or with a newline. */
function inSomeText(world: World): Written {
  const bytes = world.random.bytes(world.random.between(1, world.random.once(10) ? 30_000 : 300))
  const decode = world.random.pick([undefined, undefined, 'hex', 'base64', 'base64url'] as const)
  const newline = world.random.pick(['', '\n', '\r\n'])
  // One of its own would be dropped with the newline that is added, or in its place.
  if (bytes.at(-1) === 0x0a || bytes.at(-1) === 0x0d) bytes[bytes.length - 1] = 0
  const text = Buffer.from(decode === undefined ? bytes : bytes.toString(decode))
  const trim = newline !== '' || (decode !== undefined && world.random.once(2))
  const options: ReadOptions = { ...world.options(), ...(decode && { decode }), ...(trim && { trimNewline: true }) }
  return { bytes, text: Buffer.concat([text, Buffer.from(newline)]), options }
}

async function read(world: World): Promise<void> {
  if (world.full) return
  const { bytes, text, options } = inSomeText(world)
  writeFileSync(path, text)
  const way = world.random.below(4)
  const made = await world.attemptLater(async () => {
    if (way === 0) return SecretBuffer.fromFileSync(path, options)
    if (way === 1) return SecretBuffer.fromFile(path, options)
    if (way === 2) return readHandle(options)
    return readDescriptor(options)
  })
  if (made !== null) world.checkViews(world.add(made.value, bytes, options))
}

async function readHandle(options: ReadOptions): Promise<SecretBuffer> {
  const handle = await open(path)
  try {
    return await SecretBuffer.fromFile(handle, options)
  } finally {
    await handle.close()
  }
}

function readDescriptor(options: ReadOptions): SecretBuffer {
  const descriptor = openSync(path, 'r')
  try {
    return SecretBuffer.fromFileSync(descriptor, options)
  } finally {
    closeSync(descriptor)
  }
}

async function readWrong(world: World): Promise<void> {
  const { text, options } = inSomeText(world)
  writeFileSync(path, text)
  if (text.length > 1) {
    const most = { ...options, maxBytes: text.length - 1 }
    expectThrows(() => SecretBuffer.fromFileSync(path, most), 'ERR_MEMFD_SECRET_TOO_LARGE', 'a file above maxBytes')
    await expectRejects(SecretBuffer.fromFile(path, most), 'ERR_MEMFD_SECRET_TOO_LARGE', 'a file above maxBytes')
  }
  writeFileSync(path, Buffer.concat([text, Buffer.from('!!')]))
  const decoded = { ...options, decode: world.random.pick(['hex', 'base64'] as const) }
  const wrong = await world.attemptLater(async () =>
    SecretBuffer.fromFile(path, decoded).then(
      () => null,
      (error: unknown) => {
        if (world.refusals.isExpected(error)) throw error
        return error
      },
    ),
  )
  if (wrong !== null) expectCode(wrong.value, 'ERR_MEMFD_SECRET_BAD_ENCODING', 'malformed text')
  expectThrows(() => SecretBuffer.fromFileSync(join(folder, 'none')), 'ENOENT', 'a file that is not there')
  expectThrows(() => SecretBuffer.fromFileSync(folder), 'EISDIR', 'a folder')
}

async function* inChunks(world: World, text: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length;) {
    const length = world.random.between(1, Math.max(1, Math.ceil(text.length / 3)))
    // Of an ArrayBuffer of its own, which is wiped once it is copied.
    yield new Uint8Array(text.subarray(at, at + length))
    at += length
  }
}

async function stream(world: World): Promise<void> {
  if (world.full) return
  const { bytes, text, options } = inSomeText(world)
  const made = await world.attemptLater(() => SecretBuffer.fromStream(inChunks(world, text), options))
  if (made !== null) world.checkViews(world.add(made.value, bytes, options))
}

function writeOut(world: World): void {
  const entry = world.pickAny()
  if (entry === null || entry.byteLength > 60_000) return
  const toPipe = world.random.once(2)
  const descriptor = toPipe ? pipe : scratch
  if (entry.state !== 'open') {
    expectThrows(() => entry.secret.writeTo(descriptor), 'ERR_MEMFD_SECRET_DISPOSED', 'writeTo() of what is over')
    return
  }
  const end = toPipe ? null : endOfScratch()
  const written = world.attempt(() => entry.secret.writeTo(descriptor))
  if (written === null) {
    if (toPipe) drain()
    return
  }
  expectSame(written.value, entry.byteLength, 'how many bytes were written')
  const found = Buffer.alloc(entry.byteLength)
  let got = 0
  while (got < found.length)
    got += readSync(descriptor, found, got, found.length - got, end === null ? null : end + got)
  expectBytes(found, entry.contents, 'what was written')
}

/** Where the next write(2) to the file will put its bytes: at its end. */
function endOfScratch(): number {
  const { size } = fstatSync(scratch)
  if (size < MOST_SCRATCH) return size
  ftruncateSync(scratch)
  return 0
}

function drain(): void {
  writeSync(pipe, '.')
  readSync(pipe, Buffer.alloc(65_536))
}

export const FILES: readonly Step[] = [
  { name: 'from a file', weight: 6, run: read },
  { name: 'from a wrong file', weight: 1, run: readWrong },
  { name: 'fromStream', weight: 6, run: stream },
  { name: 'writeTo', weight: 25, run: writeOut },
]
