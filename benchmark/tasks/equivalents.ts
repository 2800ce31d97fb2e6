// What the package does beside what node:crypto and node:fs do, which leaves its traces on V8's heap.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numberOf, ROUNDS_PER_YIELD, roundsFor, sink, type MakeTask, type TaskSet } from '../measuring/task'

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function fileOf(contents: Buffer | string): string {
  const file = join(folder, `${randomBytes(8).toString('hex')}.key`)
  writeFileSync(file, contents)
  return file
}

function note(bytes: Uint8Array): void {
  sink.value ^= bytes.length
}

const equals: MakeTask = async () => {
  const { SecretBuffer } = await import('memfd-secret')
  const bytes = randomBytes(32)
  const secret = SecretBuffer.from(bytes)
  return { rounds: ROUNDS_PER_YIELD, round: () => void (sink.value ^= Number(secret.equals(bytes))) }
}

const timingSafe: MakeTask = () => {
  const bytes = randomBytes(32)
  const same = Buffer.from(bytes)
  return { rounds: ROUNDS_PER_YIELD, round: () => void (sink.value ^= Number(timingSafeEqual(bytes, same))) }
}

const secretFileSync: MakeTask = async (args) => {
  const { SecretBuffer } = await import('memfd-secret')
  const file = fileOf(randomBytes(numberOf(args, 'bytes')))
  return { rounds: 32, round: () => SecretBuffer.fromFileSync(file).dispose() }
}

const plainFileSync: MakeTask = (args) => {
  const file = fileOf(randomBytes(numberOf(args, 'bytes')))
  return { rounds: 32, round: () => note(readFileSync(file)) }
}

const secretFile: MakeTask = async (args) => {
  const { SecretBuffer } = await import('memfd-secret')
  const file = fileOf(randomBytes(numberOf(args, 'bytes')))
  return { rounds: 32, waits: true, round: async () => (await SecretBuffer.fromFile(file)).dispose() }
}

const plainFile: MakeTask = (args) => {
  const file = fileOf(randomBytes(numberOf(args, 'bytes')))
  return { rounds: 32, waits: true, round: async () => note(await readFile(file)) }
}

const secretHex: MakeTask = async (args) => {
  const { SecretBuffer } = await import('memfd-secret')
  const byteLength = numberOf(args, 'bytes')
  const text = randomBytes(byteLength).toString('hex')
  return { rounds: roundsFor(byteLength), round: () => SecretBuffer.from(text, 'hex').dispose() }
}

const plainHex: MakeTask = (args) => {
  const byteLength = numberOf(args, 'bytes')
  const text = randomBytes(byteLength).toString('hex')
  return { rounds: roundsFor(byteLength), round: () => note(Buffer.from(text, 'hex')) }
}

const secretHexFile: MakeTask = async (args) => {
  const { SecretBuffer } = await import('memfd-secret')
  const file = fileOf(randomBytes(numberOf(args, 'bytes')).toString('hex'))
  return { rounds: 32, round: () => SecretBuffer.fromFileSync(file, { decode: 'hex' }).dispose() }
}

const plainHexFile: MakeTask = (args) => {
  const file = fileOf(randomBytes(numberOf(args, 'bytes')).toString('hex'))
  return { rounds: 32, round: () => note(Buffer.from(readFileSync(file, 'latin1'), 'hex')) }
}

export const equivalents: TaskSet = {
  'secret equals': equals,
  'plain equals': timingSafe,
  'secret fromFileSync': secretFileSync,
  'plain fromFileSync': plainFileSync,
  'secret fromFile': secretFile,
  'plain fromFile': plainFile,
  'secret hex': secretHex,
  'plain hex': plainHex,
  'secret hex file': secretHexFile,
  'plain hex file': plainHexFile,
}
