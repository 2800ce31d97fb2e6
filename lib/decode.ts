import { SecretMemoryError, unknownEncoding } from './errors'
import { Lifetime, type LifetimeOptions } from './lifetime'
import { TEXT_ENCODINGS, type TextEncoding } from './native'

export function isTextEncoding(value: unknown): value is TextEncoding {
  return TEXT_ENCODINGS.some((encoding) => encoding === value)
}

export function checkTextEncoding(value: unknown): TextEncoding {
  if (!isTextEncoding(value)) throw unknownEncoding(`one of ${TEXT_ENCODINGS.join(', ')}`, value)
  return value
}

export function badEncoding(encoding: TextEncoding): SecretMemoryError {
  const rules = {
    hex: 'two hexadecimal digits for each byte',
    base64: 'the standard alphabet with its padding',
    base64url: 'the URL-safe alphabet, with or without padding',
  }
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_BAD_ENCODING',
    `Expected well-formed ${encoding} text for the secret but received other text`,
    {
      hint: `It takes ${rules[encoding]}, no white space, and at least one byte; { trimNewline: true } drops a last newline`,
    },
  )
}

/** Decodes the first length bytes of text, itself in secret memory, into a new secret; disposes of neither. */
export function decodeInSecret(
  text: Lifetime,
  length: number,
  encoding: TextEncoding,
  options: LifetimeOptions,
): Lifetime {
  const number = TEXT_ENCODINGS.indexOf(encoding)
  const decodedLength = text.store.decodedLength(text.handle, length, number)
  if (decodedLength < 1) throw badEncoding(encoding)
  const bytes = new Lifetime(decodedLength, options)
  if (!text.store.decode(text.handle, length, bytes.handle, number)) {
    bytes.destroy()
    throw badEncoding(encoding)
  }
  return bytes
}

/**
 * Latin-1 keeps the low byte of each character: a foreign one could turn into a digit. No regular expression looks, since
 * V8 keeps the last text that one matched.
 */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; ++i) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** Decodes a JavaScript string; the string itself is beyond wiping, but nothing else of it stays behind. */
export function decodeString(text: string, encoding: TextEncoding, options: LifetimeOptions): Lifetime {
  // Node-API ends what it writes by a zero byte.
  const written = new Lifetime(text.length + 1, options)
  try {
    if (!isAscii(text)) throw badEncoding(encoding)
    written.store.writeLatin1(written.handle, text)
    return decodeInSecret(written, text.length, encoding, options)
  } finally {
    written.destroy()
  }
}
