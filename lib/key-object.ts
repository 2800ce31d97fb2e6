import type { KeyObject, PrivateKeyInput } from 'node:crypto'
import { types } from 'node:util'
import { checkOptions, type SecretOptions } from './arguments'
import { encodeInSecret } from './encode'
import { invalidType, invalidValue, SecretMemoryError } from './errors'
import { filled } from './filled'
import { crypto } from './lazy-builtins'
import type { Lifetime, LifetimeOptions } from './lifetime'
import { makeTaken } from './make'
import { preloadStatus } from './preload-status'
import type { SecretView } from './view'

const TYPES = ['secret', 'private'] as const
const FORMATS = ['pem', 'der'] as const
const ENCODINGS = ['pkcs1', 'pkcs8', 'sec1'] as const

/** Of KeyOptions, the passphrase already told to be a secret. */
export interface KeyChoices {
  type?: (typeof TYPES)[number] | undefined
  format?: (typeof FORMATS)[number] | undefined
  encoding?: (typeof ENCODINGS)[number] | undefined
  passphrase?: Lifetime | undefined
  allowHeapCopy?: boolean | undefined
}

function checkWord(value: unknown, words: readonly string[], name: string): void {
  if (value === undefined) return
  if (typeof value !== 'string') throw invalidType(`one of ${words.join(', ')}`, name, value)
  if (!words.includes(value)) throw invalidValue(`one of ${words.join(', ')}`, name, 'another string')
}

export function checkKeyOptions(options: unknown): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw invalidType('an object', 'options', options)
  const { type, format, encoding, allowHeapCopy } = options as KeyChoices
  checkWord(type, TYPES, 'options.type')
  checkWord(format, FORMATS, 'options.format')
  checkWord(encoding, ENCODINGS, 'options.encoding')
  if (allowHeapCopy !== undefined && typeof allowHeapCopy !== 'boolean') {
    throw invalidType('a boolean', 'options.allowHeapCopy', allowHeapCopy)
  }
}

function checkHeapCopy(allowed: boolean | undefined): void {
  if (allowed === true || preloadStatus().active) return
  throw new SecretMemoryError(
    'ERR_MEMFD_SECRET_HEAP_COPY',
    'Expected the preload library, or { allowHeapCopy: true }, for toKeyObject() but received neither: OpenSSL would ' +
      'copy the key to the ordinary heap',
    { hint: 'Start the process by: memfd-secret run -- node server.js' },
  )
}

const PEM = Buffer.from('-----BEGIN ')

const isPem = (view: SecretView): boolean =>
  view.byteLength > PEM.byteLength && view.subarray(0, PEM.byteLength).equals(PEM)

export function toKeyObject(secret: Lifetime, options: KeyChoices): KeyObject {
  secret.assertOpen()
  checkHeapCopy(options.allowHeapCopy)
  const { createPrivateKey, createSecretKey } = crypto()
  const { passphrase } = options
  return secret.use((view) => {
    const pem = isPem(view)
    if ((options.type ?? (pem ? 'private' : 'secret')) === 'secret') return createSecretKey(view)
    const format = options.format ?? (pem ? 'pem' : 'der')
    const input: PrivateKeyInput = { key: view, format }
    if (options.encoding !== undefined) input.type = options.encoding
    // DER does not say by itself which of the three it is.
    else if (format === 'der') input.type = 'pkcs8'
    if (passphrase === undefined) return createPrivateKey(input)
    return passphrase.use((word) => createPrivateKey({ ...input, passphrase: word }))
  })
}

const LINE = 64

/** PKCS#8 as PEM, put together in secret memory: an export as PEM would be a string of V8's heap. */
function toPem(der: Lifetime, options: LifetimeOptions): Lifetime {
  const base64 = encodeInSecret(der, 'base64', options)
  try {
    const lines = Math.ceil(base64.byteLength / LINE)
    const head = Buffer.from('-----BEGIN PRIVATE KEY-----\n')
    const tail = Buffer.from('-----END PRIVATE KEY-----\n')
    return filled(head.byteLength + base64.byteLength + lines + tail.byteLength, options, (pem) => {
      const { store, handle } = pem
      // Every byte that the copies below leave is the newline at the end of a line.
      pem.check(store.fill(handle, 0x0a))
      pem.check(store.copyIn(handle, 0, head))
      for (let line = 0; line < lines; ++line) {
        const from = line * LINE
        const count = Math.min(LINE, base64.byteLength - from)
        pem.check(store.copyBetween(base64.handle, from, handle, head.byteLength + from + line, count))
      }
      pem.check(store.copyIn(handle, pem.byteLength - tail.byteLength, tail))
    })
  } finally {
    base64.destroy()
  }
}

/**
 * A secret key's bytes, or a private key as PKCS#8. The Buffer that Node exports to is wiped; what OpenSSL copied on the
 * way lies in its own heap, as the KeyObject does.
 */
export function fromKeyObject(key: unknown, given: ({ format?: 'pem' | 'der' } & SecretOptions) | undefined): Lifetime {
  const options = checkOptions(given)
  const { format } = options as { format?: unknown }
  checkWord(format, FORMATS, 'options.format')
  if (!types.isKeyObject(key)) throw invalidType('a KeyObject', 'key', key)
  if (key.type === 'public') throw invalidValue('a secret or private KeyObject', 'key', 'a public one')
  if (key.type === 'secret') return makeTaken([key.export()], options)
  const der = makeTaken([key.export({ type: 'pkcs8', format: 'der' })], options)
  if (format === 'der') return der
  try {
    return toPem(der, options)
  } finally {
    der.destroy()
  }
}
