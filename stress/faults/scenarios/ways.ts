import { createPrivateKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretBuffer } from '../../../lib/index'
import { endsOnTheWay, MARKER, type Scenario, scenario } from '../scenario'

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-faults-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const LONG = Buffer.alloc(6000, MARKER)
const file = join(folder, 'file')
const hexFile = join(folder, 'hex')
writeFileSync(file, LONG)
writeFileSync(hexFile, `${LONG.toString('hex')}\n`)
const options = { isolated: true }

function reading(name: string, act: () => SecretBuffer | Promise<SecretBuffer>): Scenario {
  return scenario<null>({
    name,
    prepare: () => null,
    act,
    works: (made) => {
      if (!(made as SecretBuffer).equals(LONG)) throw new Error('Expected the bytes of the file but received others')
    },
    finish: (_state, made) => (made as SecretBuffer | undefined)?.dispose(),
    tolerates: endsOnTheWay,
  })
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < LONG.length; at += 1000) yield Buffer.from(LONG.subarray(at, at + 1000))
}

const NAME = 'MEMFD_SECRET_STRESS'

const fromEnvironment = scenario<null>({
  name: 'fromEnv',
  prepare: () => {
    process.env[NAME] = MARKER.toString()
    return null
  },
  act: () => SecretBuffer.fromEnv(NAME, options),
  works: (made) => {
    if (!(made as SecretBuffer).equals(MARKER)) throw new Error('Expected the value of the variable')
    if (process.env[NAME] !== undefined) throw new Error('Expected the variable to be gone')
  },
  failed: () => {
    if (process.env[NAME] !== MARKER.toString()) throw new Error('Expected the variable to be there after a failure')
  },
  finish: (_state, made) => {
    delete process.env[NAME]
    ;(made as SecretBuffer | undefined)?.dispose()
  },
  // The block that the kernel made could not be found: a warning says so.
  tolerates: (report) => report.site === 'open' || report.site === 'read' || endsOnTheWay(report),
})

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const secretKey = createSecretKey(LONG)

const fromKeys: readonly Scenario[] = [
  reading('fromKeyObject, secret', () => SecretBuffer.fromKeyObject(secretKey, options)),
  scenario<null>({
    name: 'fromKeyObject, private',
    prepare: () => null,
    act: () => SecretBuffer.fromKeyObject(privateKey, options),
    works: (made) => {
      const parsed = (made as SecretBuffer).use((bytes) => createPrivateKey(bytes))
      if (!parsed.equals(privateKey)) throw new Error('Expected the same key')
    },
    finish: (_state, made) => (made as SecretBuffer | undefined)?.dispose(),
    tolerates: endsOnTheWay,
  }),
]

/** One descriptor for both ends of a FIFO. */
function openPipe(): number {
  const path = join(folder, 'fifo')
  execFileSync('mkfifo', [path])
  const descriptor = openSync(path, 'r+')
  rmSync(path)
  return descriptor
}

interface Writing {
  secret: SecretBuffer
  pipe: number
}

const writing = scenario<Writing>({
  name: 'writeTo',
  prepare: () => ({ secret: SecretBuffer.from(MARKER), pipe: openPipe() }),
  act: ({ secret, pipe }) => secret.writeTo(pipe),
  works: (written, { pipe }) => {
    const got = Buffer.alloc(MARKER.length + 1)
    if (written !== MARKER.length || readSync(pipe, got) !== MARKER.length) throw new Error('Expected all bytes')
    if (!got.subarray(0, MARKER.length).equals(MARKER)) throw new Error('Expected the bytes of the secret')
  },
  finish: ({ secret, pipe }) => {
    secret.dispose()
    closeSync(pipe)
  },
  errors: 'system',
})

export const WAYS: readonly Scenario[] = [
  reading('fromFileSync', () => SecretBuffer.fromFileSync(file, options)),
  reading('fromFileSync, decoded', () =>
    SecretBuffer.fromFileSync(hexFile, { ...options, decode: 'hex', trimNewline: true }),
  ),
  reading('fromFile', () => SecretBuffer.fromFile(file, options)),
  reading('fromStream', () => SecretBuffer.fromStream(chunks(), options)),
  fromEnvironment,
  ...fromKeys,
  writing,
]
