// The life of a secret: made, filled with random bytes, used once, wiped and given back.
import { randomFillSync } from 'node:crypto'
import { closeSync } from 'node:fs'
import { numberOf, roundsFor, sink, type MakeTask, type TaskSet } from '../measuring/task'
import { loadRaw, loadSodium } from '../peers'

function lookAt(bytes: Uint8Array): void {
  sink.value ^= bytes[0] ?? 0
}

/** Secrets that live on beside those that are measured. */
const kept: unknown[] = []

const secretBuffer: MakeTask = async (args) => {
  const { SecretBuffer, probe } = await import('memfd-secret')
  const byteLength = numberOf(args, 'bytes')
  const live = Number(args.live ?? 0)
  for (let i = 0; i < live; i++) kept.push(SecretBuffer.random(byteLength))
  return {
    rounds: roundsFor(byteLength),
    about: { backing: probe().backing },
    round: () => {
      const secret = SecretBuffer.random(byteLength)
      secret.use(lookAt)
      secret.dispose()
    },
  }
}

const secretBufferUnused: MakeTask = async (args) => {
  const { SecretBuffer } = await import('memfd-secret')
  const byteLength = numberOf(args, 'bytes')
  return { rounds: roundsFor(byteLength), round: () => SecretBuffer.alloc(byteLength).dispose() }
}

/** The naive design: a descriptor and a mapping for each secret. */
const pageEach: MakeTask = async (args) => {
  const { map, memfdSecret, unmap } = await loadRaw()
  const byteLength = numberOf(args, 'bytes')
  const unused = args.unused === 'yes'
  return {
    rounds: roundsFor(byteLength),
    round: () => {
      const descriptor = memfdSecret()
      const memory = map(descriptor, byteLength)
      closeSync(descriptor)
      const bytes = new Uint8Array(memory)
      if (!unused) {
        randomFillSync(bytes)
        lookAt(bytes)
      }
      bytes.fill(0)
      unmap(memory)
    },
  }
}

const sodium: MakeTask = (args) => {
  const { randombytes_buf: randomBytes, sodium_free: free, sodium_malloc: malloc } = loadSodium()
  const byteLength = numberOf(args, 'bytes')
  const live = Number(args.live ?? 0)
  for (let i = 0; i < live; i++) kept.push(malloc(byteLength))
  const unused = args.unused === 'yes'
  return {
    rounds: roundsFor(byteLength),
    round: () => {
      const bytes = malloc(byteLength)
      if (!unused) {
        randomBytes(bytes)
        lookAt(bytes)
      }
      free(bytes)
    },
  }
}

/** Protected by nothing; wiped all the same, as whoever holds a key in a Buffer should. */
function plain(allocate: (byteLength: number) => Buffer): MakeTask {
  return (args) => {
    const byteLength = numberOf(args, 'bytes')
    const unused = args.unused === 'yes'
    return {
      rounds: roundsFor(byteLength),
      round: () => {
        const bytes = allocate(byteLength)
        if (!unused) {
          randomFillSync(bytes)
          lookAt(bytes)
        }
        bytes.fill(0)
      },
    }
  }
}

export const life: TaskSet = {
  secret: (args) => (args.unused === 'yes' ? secretBufferUnused(args) : secretBuffer(args)),
  'page-each': pageEach,
  sodium,
  alloc: plain((byteLength) => Buffer.alloc(byteLength)),
  'alloc-unsafe': plain((byteLength) => Buffer.allocUnsafe(byteLength)),
}
