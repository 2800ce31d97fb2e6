// Jobs that native code still works on when the call has returned, by what they do with the bytes.
import { randomFill } from 'node:crypto'
import { closeSync, openSync, read, readSync, unlinkSync, write, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import {
  brotliCompress,
  brotliDecompressSync,
  constants,
  deflateRaw,
  gunzipSync,
  gzip,
  inflateRawSync,
} from 'node:zlib'
import type { SecretView } from '../../lib/index'

/** `done` gets what the job made of the bytes, where it reads them and the result is to be had. */
export type Job = (bytes: SecretView, done: (output: Uint8Array | null) => void) => void

export interface Kind {
  job: Job
  /** What came out of all jobs, where no single one can tell. */
  received?: () => readonly Uint8Array[]
  close: () => void
}

/** Of a slot, of a mapping of its own, and one that a single write of zlib takes. */
export const LENGTHS = [32, 2032, 12_000]

// Jobs of one kind at a time, at most, each with a part of the file.
const PLACES = 256
const PLACE_BYTES = 16_384
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }
let opened = 0

function openFile(): number {
  const path = join(tmpdir(), `memfd-secret-io-${process.pid}-${threadId}-${opened++}`)
  writeFileSync(path, Buffer.alloc(PLACE_BYTES, 0x77), { mode: 0o600, flag: 'wx' })
  const descriptor = openSync(path, 'r+')
  // Also where this thread is terminated.
  unlinkSync(path)
  return descriptor
}

function reading(): Kind {
  const descriptor = openFile()
  return {
    job: (bytes, done) => read(descriptor, bytes, 0, bytes.length, 0, () => done(null)),
    close: () => closeSync(descriptor),
  }
}

function writing(): Kind {
  const descriptor = openFile()
  let next = 0
  const job: Job = (bytes, done) => {
    const at = (next++ % PLACES) * PLACE_BYTES
    const { length } = bytes
    write(descriptor, bytes, 0, length, at, () => {
      const written = Buffer.alloc(length)
      readSync(descriptor, written, 0, length, at)
      done(written)
    })
  }
  return { job, close: () => closeSync(descriptor) }
}

async function sending(): Promise<Kind> {
  let received: Uint8Array[] = []
  const onConnection = (socket: Socket): void =>
    void socket.on('data', (data) => received.push(data)).on('error', () => undefined)
  const server: Server = createServer(onConnection)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  const socket: Socket = createConnection(address.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  return {
    job: (bytes, done) => void socket.write(bytes, () => done(null)),
    received() {
      const all = received
      received = []
      return all
    },
    close() {
      socket.destroy()
      server.close()
    },
  }
}

const plain = (job: Job): (() => Kind) => {
  return () => ({ job, close: () => undefined })
}

type Pack = (bytes: SecretView, done: (error: Error | null, packed: Buffer) => void) => void

const packing = (pack: Pack, unpack: (packed: Buffer) => Uint8Array): (() => Kind) =>
  plain((bytes, done) => pack(bytes, (error, packed) => done(error === null ? unpack(packed) : null)))

export const kinds: Readonly<Record<string, () => Kind | Promise<Kind>>> = {
  read: reading,
  write: writing,
  randomFill: plain((bytes, done) => randomFill(bytes, () => done(null))),
  deflateRaw: packing(deflateRaw, inflateRawSync),
  gzip: packing(gzip, gunzipSync),
  brotli: packing((bytes, done) => brotliCompress(bytes, FAST, done), brotliDecompressSync),
  socket: sending,
}
