import { asBytes, checkByteLength, checkEncoding, MOST_BYTES } from './arguments'
import { decodeString, isTextEncoding } from './decode'
import { invalidType, outOfRange } from './errors'
import { filled } from './filled'
import type { Lifetime, LifetimeOptions } from './lifetime'
import { sealedAs } from './sealing'

export function makeRandom(byteLength: number, options: LifetimeOptions): Lifetime {
  return filled(byteLength, options, (made) => made.check(made.store.fillRandom(made.handle)))
}

export function makeCopy(source: Uint8Array, options: LifetimeOptions): Lifetime {
  return filled(checkByteLength(source.byteLength, 'source.byteLength'), options, (made) =>
    made.check(made.store.copyIn(made.handle, 0, source)),
  )
}

/** The bytes of each part, joined. */
export function makeJoined(parts: readonly Lifetime[], options: LifetimeOptions): Lifetime {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const sealed = parts.some((part) => part.sealed)
  return filled(checkByteLength(total, 'the total byteLength'), sealedAs(sealed, options), (made) => {
    let offset = 0
    for (const part of parts) {
      made.check(made.store.copyBetween(part.handle, 0, made.handle, offset, part.byteLength))
      offset += part.byteLength
    }
  })
}

export function makeSlice(source: Lifetime, start: number, end: number, options: LifetimeOptions): Lifetime {
  source.assertOpen()
  return filled(checkByteLength(end - start, 'the length of the slice'), sealedAs(source.sealed, options), (made) =>
    made.check(made.store.copyBetween(source.handle, start, made.handle, 0, end - start)),
  )
}

/** Copies the sources, joined, and zeroes them all once the secret holds them: a limit met on the way loses nothing. */
export function makeTaken(sources: readonly Uint8Array[], options: LifetimeOptions): Lifetime {
  const total = sources.reduce((sum, source) => sum + source.byteLength, 0)
  if (total > MOST_BYTES || total < 1) throw outOfRange(`1 to ${MOST_BYTES} bytes`, 'source', total)
  const made = filled(total, options, (taken) => {
    let offset = 0
    for (const source of sources) {
      taken.check(taken.store.copyIn(taken.handle, offset, source))
      offset += source.byteLength
    }
  })
  for (const source of sources) made.store.wipe(source)
  return made
}

/** Text of a JavaScript string, which itself stays in V8's heap. */
export function makeText(text: string, encoding: unknown, options: LifetimeOptions): Lifetime {
  const checked = checkEncoding(encoding)
  if (isTextEncoding(checked)) return decodeString(text, checked, options)
  const byteLength = Buffer.byteLength(text, checked)
  return filled(checkByteLength(byteLength, 'the byteLength of source'), options, (made) => {
    // write() encodes straight into the view: no Buffer of the heap in between.
    made.use((bytes) => void bytes.write(text, checked))
  })
}

export function makeFrom(source: unknown, encoding: unknown, options: LifetimeOptions): Lifetime {
  if (typeof source === 'string') return makeText(source, encoding, options)
  const bytes = asBytes(source, 'source')
  if (bytes === null) {
    const expected = 'a string, Buffer, typed array, DataView, ArrayBuffer or SecretBuffer of this copy of memfd-secret'
    throw invalidType(expected, 'source', source)
  }
  return makeCopy(bytes, options)
}
