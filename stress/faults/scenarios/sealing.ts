import { generateKeyPairSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probe, SecretBuffer, SecretMemoryError } from '../../../lib/index'
import { open, toWorker, type WorkerHandle } from '../../../lib/share'
import type { Report } from '../injector'
import { MARKER, type Scenario, scenario } from '../scenario'

const LONG = Buffer.alloc(10_000, MARKER)
const SEALED = { sealed: true }

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-faults-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'file')
writeFileSync(file, LONG)
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))

/** Of secrets that cannot be wiped where opening them is refused: those pages keep them, closed, for good. */
const KEPT = Buffer.alloc(48, 0x5a)
const LONG_KEPT = Buffer.alloc(10_000, 0x5a)

/** What is closed again late is closed before its next opening: that call hears of it. */
const lateClosing = ({ site }: Report): boolean => site === 'mprotect' || site === 'munmap'

/** The copy's end cannot fail. */
const inUse = (report: Report): boolean => lateClosing(report) || report.site === 'mmap' || report.site === 'madvise'

function expectBytes(secret: SecretBuffer, bytes: Uint8Array): void {
  if (!secret.equals(bytes)) throw new Error('Expected the bytes of the secret but received others')
}

function made(name: string, make: () => SecretBuffer, bytes: Uint8Array): Scenario {
  return scenario<null>({
    name,
    prepare: () => null,
    act: make,
    works: (secret) => expectBytes(secret as SecretBuffer, bytes),
    finish: (_state, secret) => (secret as SecretBuffer | undefined)?.dispose(),
    // What is made on the way ends, which cannot fail.
    tolerates: (report) => inUse(report) || report.site === 'malloc',
  })
}

/** Something done with a secret that is there: it stays as it was where that fails. */
function used(name: string, bytes: Buffer, act: (secret: SecretBuffer) => unknown, after: Buffer): Scenario {
  return scenario<SecretBuffer>({
    name,
    prepare: () => SecretBuffer.from(bytes, SEALED),
    act,
    works: (_result, secret) => expectBytes(secret, after),
    failed: (secret) => expectBytes(secret, bytes),
    finish: (secret) => secret.dispose(),
    tolerates: (report) => inUse(report) || report.site === 'malloc',
  })
}

const changed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(1, 2), bytes.subarray(2)])
const change = (secret: SecretBuffer): void => secret.use((view) => void view.set([1, 2]))
const changeLater = (secret: SecretBuffer): Promise<void> =>
  secret.use(async (view) => {
    await null
    view.set([1, 2])
  })

/** To where the bytes go nowhere. */
function writeOut(secret: SecretBuffer): void {
  const descriptor = openSync('/dev/null', 'w')
  try {
    secret.writeTo(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Refused at each moment, the end says so; the memory stays closed, and is nobody's any more. */
const ending = (name: string, bytes: Buffer): Scenario =>
  scenario<SecretBuffer>({
    name,
    prepare: () => SecretBuffer.from(bytes, SEALED),
    act: (secret) => {
      // Its numbers change whether it throws or not: only what it throws is looked at.
      try {
        secret.dispose()
      } catch (error) {
        return error
      }
      return null
    },
    works: (error, secret) => {
      if (!secret.disposed) throw new Error('Expected the secret to be over')
      if (error !== null && !(error instanceof SecretMemoryError && error.syscall === 'mprotect')) throw error
    },
    finish: () => undefined,
    tolerates: () => true,
  })

const sharing = scenario<SecretBuffer>({
  name: 'toWorker, sealed',
  prepare: () => SecretBuffer.from(KEPT, SEALED),
  act: (secret) => toWorker(secret),
  works: (handle, secret) => {
    const opened = open(handle as WorkerHandle)
    expectBytes(opened, KEPT)
    opened.fill(7)
    expectBytes(secret, Buffer.alloc(KEPT.length, 7))
    opened.dispose()
  },
  failed: (secret) => expectBytes(secret, KEPT),
  finish: (secret) => secret.dispose(),
  tolerates: lateClosing,
})

const derived = scenario<SecretBuffer>({
  name: 'slice, sealed',
  prepare: () => SecretBuffer.from(LONG, SEALED),
  act: (secret) => secret.slice(0, 5000),
  works: (slice) => expectBytes(slice as SecretBuffer, LONG.subarray(0, 5000)),
  finish: (secret, slice) => {
    expectBytes(secret, LONG)
    secret.dispose()
    ;(slice as SecretBuffer | undefined)?.dispose()
  },
  tolerates: lateClosing,
})

const all: readonly Scenario[] = [
  made('alloc, sealed', () => SecretBuffer.alloc(32, SEALED), Buffer.alloc(32)),
  made('alloc, sealed and long', () => SecretBuffer.alloc(10_000, SEALED), Buffer.alloc(10_000)),
  made('from bytes, sealed', () => SecretBuffer.from(LONG, SEALED), LONG),
  made('fromFileSync, sealed', () => SecretBuffer.fromFileSync(file, SEALED), LONG),
  made('fromKeyObject, sealed', () => SecretBuffer.fromKeyObject(privateKey, { ...SEALED, format: 'pem' }), pem),
  used('use, sealed', MARKER, change, changed(MARKER)),
  used('use, sealed and long', LONG, change, changed(LONG)),
  used('use, sealed, asynchronous', LONG, changeLater, changed(LONG)),
  used('set, sealed', MARKER, (secret) => secret.set(Buffer.of(1, 2)), changed(MARKER)),
  used('fill, sealed', MARKER, (secret) => secret.fill(3), Buffer.alloc(MARKER.length, 3)),
  used('equals, sealed', LONG, (secret) => expectBytes(secret, LONG), LONG),
  {
    ...used('writeTo, sealed', LONG, writeOut, LONG),
    isExpected: (error, { site, errno }) => site === 'write' && (error as NodeJS.ErrnoException).errno === -errno,
  },
  used('copyTo, sealed', LONG, (secret) => void secret.copyTo(Buffer.alloc(LONG.length)), LONG),
  derived,
  sharing,
  ending('dispose, sealed', KEPT),
  ending('dispose, sealed and long', LONG_KEPT),
]

const sealable = probe().sealing !== 'none'
/** Keeps the first chunk of sealed memory, for as long as the process lives. */
export const sealedKeeper = sealable ? SecretBuffer.alloc(1, SEALED) : null
export const SEALING: readonly Scenario[] = sealable ? all : []
