// Work on the bytes of a view and of a plain Buffer: the same memory operations, whoever the memory is of.
import { createCipheriv, createHmac, createSecretKey, randomFillSync } from 'node:crypto'
import { bufferAt, loadCosts } from '../costs/costs'
import { ROUNDS_PER_YIELD, sink, type MakeTask, type Task, type TaskSet } from '../measuring/task'

/** Longer than a slot of the arena: pages of its own, as the Buffer's. */
const BYTES = 16 * 1024
const KEY_BYTES = 32

type Work = (bytes: Buffer, key: Buffer) => Task['round']

const key = createSecretKey(Buffer.alloc(KEY_BYTES, 1))
const iv = Buffer.alloc(12)
const message = Buffer.alloc(64, 2)
/** Where pages of a secret's own begin. Both candidates copy to and from the same places in their pages. */
const PLACE = 0
const other = bufferAt(PLACE, BYTES).fill(3)

const WORKS: Record<string, Work> = {
  'HMAC-SHA256 of 16 KiB': (bytes) => () => {
    sink.value ^= createHmac('sha256', key).update(bytes).digest()[0] ?? 0
  },
  'AES-256-GCM of 16 KiB': (bytes) => () => {
    sink.value ^= createCipheriv('aes-256-gcm', key, iv).update(bytes)[0] ?? 0
  },
  'copy of 16 KiB out': (bytes) => () => {
    sink.value ^= bytes.copy(other)
  },
  'copy of 16 KiB in': (bytes) => () => {
    sink.value ^= other.copy(bytes)
  },
  'each of 16 KiB read': (bytes) => () => {
    let sum = 0
    for (let i = 0; i < bytes.length; i++) sum ^= bytes[i] ?? 0
    sink.value ^= sum
  },
  'each of 16 KiB written': (bytes) => () => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = i
  },
  'HMAC-SHA256 with it as key': (_, keyBytes) => () => {
    sink.value ^= createHmac('sha256', keyBytes).update(message).digest()[0] ?? 0
  },
}

export const VIEW_WORKS = Object.keys(WORKS)

const workOn = (name: unknown, bytes: Buffer, keyBytes: Buffer): Task => {
  const work = WORKS[String(name)]
  if (work === undefined) throw new Error(`Expected a work but received ${name}`)
  return { rounds: ROUNDS_PER_YIELD / 8, round: work(bytes, keyBytes) }
}

const view: MakeTask = async ({ work }) => {
  const { SecretBuffer } = await import('memfd-secret')
  const { bytes } = SecretBuffer.random(BYTES)
  const place = loadCosts().placeInPage(bytes)
  if (place !== PLACE) throw new Error(`Expected a view at ${PLACE} of its page but received one at ${place}`)
  return workOn(work, bytes, SecretBuffer.random(KEY_BYTES).bytes)
}

const plain: MakeTask = ({ work }) =>
  workOn(work, randomFillSync(bufferAt(PLACE, BYTES)), randomFillSync(Buffer.alloc(KEY_BYTES)))

export const viewSpeed: TaskSet = { view, plain }
