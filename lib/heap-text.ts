import type { TextEncoding } from './native'

const WELL_FORMED: Record<TextEncoding, RegExp> = {
  hex: /^(?:[0-9a-f]{2})*$/i,
  base64: /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i,
  base64url: /^(?:[a-z0-9_-]{4})*(?:[a-z0-9_-]{2}(?:==)?|[a-z0-9_-]{3}=?)?$/i,
}

/** The rules of src/codec/text.cc, for the JavaScript heap, where constant time cannot be had. */
export function decodeOnHeap(text: Uint8Array, encoding: TextEncoding): Uint8Array | null {
  const characters = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1')
  if (!WELL_FORMED[encoding].test(characters)) return null
  const bytes = Buffer.from(characters, encoding)
  // Bits left over would let two texts stand for one secret.
  const canonical = bytes.toString(encoding).replace(/=+$/, '')
  const same = encoding === 'hex' ? canonical === characters.toLowerCase() : canonical === characters.replace(/=+$/, '')
  return same ? bytes : null
}
