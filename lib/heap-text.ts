import type { TextEncoding } from './native'

/** The value of each character code, -1 where it is no digit. */
function valuesOf(...alphabets: string[]): Int8Array {
  const values = new Int8Array(256).fill(-1)
  for (const alphabet of alphabets) {
    for (const [value, digit] of [...alphabet].entries()) values[digit.charCodeAt(0)] = value
  }
  return values
}

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const VALUES: Record<TextEncoding, Int8Array> = {
  hex: valuesOf('0123456789abcdef', '0123456789ABCDEF'),
  base64: valuesOf(`${LETTERS_AND_DIGITS}+/`),
  base64url: valuesOf(`${LETTERS_AND_DIGITS}-_`),
}

/** How many characters are digits; null where their number or the padding does not fit. */
function countDigits(text: Uint8Array, encoding: TextEncoding): number | null {
  const { length } = text
  if (encoding === 'hex') return length % 2 === 0 ? length : null
  let digits = length
  while (digits > 0 && length - digits < 2 && text[digits - 1] === 0x3d) --digits
  const mayLack = encoding === 'base64url' && digits === length
  return digits % 4 !== 1 && (length % 4 === 0 || mayLack) ? digits : null
}

/** The rules of src/codec/text.cc, in memory that can be wiped: no string is made. Constant time cannot be had here. */
export function decodeOnHeap(text: Uint8Array, encoding: TextEncoding): Uint8Array | null {
  const digits = countDigits(text, encoding)
  if (digits === null) return null
  const bitsEach = encoding === 'hex' ? 4 : 6
  const bytes = new Uint8Array(Math.floor((digits * bitsEach) / 8))
  let bits = 0
  let count = 0
  let bad = 0
  let at = 0
  for (const character of text.subarray(0, digits)) {
    const value = VALUES[encoding][character] ?? -1
    bad |= value
    bits = ((bits << bitsEach) | value) & 0xfff
    count += bitsEach
    if (count >= 8) {
      count -= 8
      bytes[at++] = (bits >> count) & 0xff
    }
  }
  // Bits left over would let two texts stand for one secret.
  if (bad >= 0 && (bits & ((1 << count) - 1)) === 0) return bytes
  bytes.fill(0)
  return null
}
