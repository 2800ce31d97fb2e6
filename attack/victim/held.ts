import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { SecretBuffer } from '../../lib/index'
import { map, memfdSecret } from '../../lib/raw'
import type { HowToHold } from '../holders'
import { loadInsideModule } from './inside'

/** A secret as an application holds it. */
export interface Held {
  backing: string
  byteLength: number
  /** What the application keeps in a variable. */
  object: unknown
  /** Closed outside of use(): where it rests, nothing in the process can tell but the list of mappings. */
  closed: boolean
  use<T>(fn: (bytes: Buffer) => T): T
}

/** Reads straight into the memory: no copy stays elsewhere. */
function readInto(memory: Buffer, path: string): Buffer {
  const file = openSync(path, 'r')
  const bytes = memory.subarray(0, readSync(file, memory))
  closeSync(file)
  return bytes
}

function held(backing: string, bytes: Buffer, object: unknown = bytes): Held {
  return { backing, byteLength: bytes.byteLength, object, closed: false, use: (fn) => fn(bytes) }
}

function holdInSecretBuffer(path: string, minBacking: 'mlock' | 'memfd_secret', sealed: boolean): Held {
  const secret = SecretBuffer.fromFileSync(path, sealed ? { minBacking, sealed } : { minBacking })
  if (secret.backing !== minBacking) {
    throw new Error(`Expected ${minBacking} for the backing but received ${secret.backing}`)
  }
  const { backing, byteLength } = secret
  return { backing, byteLength, object: secret, closed: sealed, use: (fn) => secret.use(fn) }
}

interface SodiumNative {
  sodium_malloc(length: number): Buffer
}

function sodiumMalloc(length: number): Buffer {
  // Types it has none.
  const sodium = createRequire(__filename)('sodium-native') as SodiumNative
  return sodium.sodium_malloc(length)
}

// A copy by each: they are what an application would do wrong.
function holdInString(path: string): Held {
  const text = readFileSync(path, 'hex')
  return held('string', Buffer.alloc(0), { text })
}

function holdInEnvironment(path: string): Held {
  process.env['ATTACKED_SECRET'] = readFileSync(path, 'hex')
  return held('environment', Buffer.alloc(0))
}

/** Throws the library's own error where it refuses. */
export function hold(how: HowToHold, path: string): Held {
  const length = statSync(path).size
  switch (how) {
    case 'malloc':
      return held('Buffer', readInto(Buffer.allocUnsafeSlow(length), path))
    case 'sodium_malloc':
      return held('sodium_malloc', readInto(sodiumMalloc(length), path))
    case 'mlock':
    case 'memfd_secret':
      return holdInSecretBuffer(path, how, false)
    case 'sealed':
      return holdInSecretBuffer(path, 'memfd_secret', true)
    // The mistake that SecretBuffer does not make: whoever may use pidfd_getfd takes the descriptor and maps it.
    case 'descriptor-open':
      return held('memfd_secret', readInto(Buffer.from(map(memfdSecret(), 4096)), path))
    case 'shared-memory':
      return held('memfd_create', readInto(Buffer.from(loadInsideModule().sharedMemory(4096)), path))
    case 'string':
      return holdInString(path)
    case 'environment':
      return holdInEnvironment(path)
  }
}
