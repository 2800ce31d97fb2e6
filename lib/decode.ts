import { SecretMemoryError, unknownEncoding } from './errors'
import { filled } from './filled'
import { Lifetime, type LifetimeOptions } from './lifetime'
import { TEXT_ENCODINGS, type TextEncoding } from './native'
import { unsealed } from './sealing'

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
  if (decodedLength < 0) text.check(decodedLength)
  if (decodedLength === 0) throw badEncoding(encoding)
  return filled(decodedLength, options, (bytes) => {
    const decoded = text.store.decode(text.handle, length, bytes.handle, number)
    if (typeof decoded === 'number') bytes.check(decoded)
    if (decoded === false) throw badEncoding(encoding)
  })
}

/**
 * Latin-1 keeps the low byte of each character: a foreign one could turn into a digit. In UTF-8 no other character is one
 * byte for each of its units. No regular expression looks, since V8 keeps the last text that one matched.
 */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length
}

/** Decodes a JavaScript string; the string itself is beyond wiping, but nothing else of it stays behind. */
export function decodeString(text: string, encoding: TextEncoding, options: LifetimeOptions): Lifetime {
  // Node-API ends what it writes by a zero byte.
  const written = new Lifetime(text.length + 1, unsealed(options))
  try {
    if (!isAscii(text)) throw badEncoding(encoding)
    written.store.writeLatin1(written.handle, text)
    return decodeInSecret(written, text.length, encoding, options)
  } finally {
    written.destroy()
  }
}
