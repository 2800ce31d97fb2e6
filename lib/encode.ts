import { checkTextEncoding } from './decode'
import { filled } from './filled'
import type { Lifetime, LifetimeOptions } from './lifetime'
import { TEXT_ENCODINGS, type TextEncoding } from './native'
import { sealedAs } from './sealing'

/** Characters of byteLength bytes: base64 with its padding, base64url without. */
function encodedLength(encoding: TextEncoding, byteLength: number): number {
  if (encoding === 'hex') return byteLength * 2
  return encoding === 'base64' ? Math.ceil(byteLength / 3) * 4 : Math.ceil((byteLength * 4) / 3)
}

/** The bytes as text, in secret memory from the first character on. */
export function encodeInSecret(secret: Lifetime, encoding: unknown, options: LifetimeOptions): Lifetime {
  const checked = checkTextEncoding(encoding)
  secret.assertOpen()
  const { byteLength, sealed, store } = secret
  return filled(encodedLength(checked, byteLength), sealedAs(sealed, options), (text) =>
    text.check(store.encode(secret.handle, text.handle, TEXT_ENCODINGS.indexOf(checked))),
  )
}
