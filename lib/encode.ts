import { checkTextEncoding } from './decode'
import { Lifetime, type LifetimeOptions } from './lifetime'
import { TEXT_ENCODINGS, type TextEncoding } from './native'

/** Characters of byteLength bytes: base64 with its padding, base64url without. */
function encodedLength(encoding: TextEncoding, byteLength: number): number {
  if (encoding === 'hex') return byteLength * 2
  return encoding === 'base64' ? Math.ceil(byteLength / 3) * 4 : Math.ceil((byteLength * 4) / 3)
}

/** The bytes as text, in secret memory from the first character on. */
export function encodeInSecret(secret: Lifetime, encoding: unknown, options: LifetimeOptions): Lifetime {
  const checked = checkTextEncoding(encoding)
  secret.assertOpen()
  const text = new Lifetime(encodedLength(checked, secret.byteLength), options)
  text.check(secret.store.encode(secret.handle, text.handle, TEXT_ENCODINGS.indexOf(checked)))
  return text
}
