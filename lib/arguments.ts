import { types } from 'node:util'
import { type Backing, BACKINGS, isBacking } from './backing'
import { invalidType, invalidValue, outOfRange, unknownEncoding } from './errors'

/** Memory that bytes are copied from or to: a Buffer, any typed array, a DataView, an ArrayBuffer. Not shared memory. */
export type Bytes = NodeJS.ArrayBufferView | ArrayBuffer

/** How a secret is to be kept. */
export interface SecretOptions {
  /** Weakest backing accepted. Default: the policy's, itself 'mlock' on Linux and 'heap' elsewhere. */
  minBacking?: Backing
  /**
   * Closed at rest, by a protection key or else by mprotect(2): use() looks at a copy, which is wiped at its end, and
   * `bytes` throws. At most 1,073,741,808 bytes. Default: the policy's, itself false.
   */
  sealed?: boolean
  /** A mapping of its own between guard pages, not a slot of the arena. Implied above 2,032 bytes. */
  isolated?: boolean
}

/** The longest secret, in bytes: 2 GiB less one. */
export const MOST_BYTES = 0x7fff_ffff

/** A byte length of a new secret. Not 0: an empty key is the worst outcome, since crypto takes one without a word. */
export function checkByteLength(value: unknown, name = 'byteLength', most = MOST_BYTES): number {
  if (typeof value !== 'number') throw invalidType('a number', name, value)
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw outOfRange(`a whole number of bytes from 1 to ${most}`, name, value)
  }
  return value
}

/** An offset into a sequence: a whole number from 0 to most. */
export function checkOffset(value: unknown, name: string, most: number): number {
  if (typeof value !== 'number') throw invalidType('a number', name, value)
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw outOfRange(`a whole number from 0 to ${most}`, name, value)
  }
  return value
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
/** The getters of the language: an object's own properties of these names are not believed. */
const getter = (of: object, name: string): ((this: unknown) => unknown) => {
  const found = Object.getOwnPropertyDescriptor(of, name)?.get
  if (found === undefined) throw new Error(`Expected a getter for ${name} but received none`)
  return found
}
const arrayGetters = [getter(typedArray, 'buffer'), getter(typedArray, 'byteOffset'), getter(typedArray, 'byteLength')]
const viewGetters = ['buffer', 'byteOffset', 'byteLength'].map((name) => getter(DataView.prototype, name))

function wholeMemory(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (types.isArrayBuffer(value)) return new Uint8Array(value)
  const getters = types.isDataView(value) ? viewGetters : arrayGetters
  const [buffer, byteOffset, byteLength] = getters.map((get) => get.call(value))
  return new Uint8Array(buffer as ArrayBuffer, byteOffset as number, byteLength as number)
}

/**
 * The memory of a Buffer, typed array, DataView or ArrayBuffer, of this realm or another; null for anything else. One
 * that is detached is refused, lest it pass for an empty one.
 */
export function asBytes(value: unknown, name: string): Uint8Array | null {
  if (!types.isArrayBuffer(value) && !ArrayBuffer.isView(value)) return null
  try {
    return wholeMemory(value)
  } catch {
    throw invalidValue('memory that is there', name, 'one that is detached or out of bounds')
  }
}

function checkBoolean(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalidType('a boolean', name, value)
}

export function checkOptions<O extends SecretOptions>(options: O | undefined): O {
  if (options === undefined) return {} as O
  if (typeof options !== 'object' || options === null) throw invalidType('an object', 'options', options)
  const { minBacking, sealed, isolated } = options
  if (minBacking !== undefined && typeof minBacking !== 'string') {
    throw invalidType(`one of ${BACKINGS.join(', ')}`, 'options.minBacking', minBacking)
  }
  if (minBacking !== undefined && !isBacking(minBacking)) {
    throw invalidValue(`one of ${BACKINGS.join(', ')}`, 'options.minBacking', 'another string')
  }
  checkBoolean(sealed, 'options.sealed')
  checkBoolean(isolated, 'options.isolated')
  return options
}

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw invalidType('a function', name, value)
}

/** An encoding of Node's own; undefined is utf8. */
export function checkEncoding(value: unknown): BufferEncoding {
  if (value === undefined) return 'utf8'
  if (typeof value !== 'string' || !Buffer.isEncoding(value)) throw unknownEncoding("one of Buffer's encodings", value)
  return value.toLowerCase() as BufferEncoding
}
