import { invalidType, invalidValue } from '../errors'
import { checkSignal } from '../wait'
import { type AuditEncoding, ENCODINGS } from './scan'

/** What {@link findCopies} looks for. */
export interface AuditOptions {
  /** Ways of writing to look for. Default: all. hex in either case; base64 in both alphabets, wherever it begins. */
  encodings?: readonly AuditEncoding[]
  /** Ends the search with its reason. */
  signal?: AbortSignal
}

const WANTED = `one or more of ${ENCODINGS.join(', ')}`

function checkEncodings(value: unknown): readonly AuditEncoding[] {
  if (value === undefined) return ENCODINGS
  if (!Array.isArray(value)) throw invalidType(`an array of ${WANTED}`, 'options.encodings', value)
  if (value.length === 0) throw invalidValue(WANTED, 'options.encodings', 'none')
  for (const item of value) {
    if (typeof item !== 'string') throw invalidType(WANTED, 'options.encodings', item)
    if (!ENCODINGS.some((encoding) => encoding === item)) {
      throw invalidValue(WANTED, 'options.encodings', 'another string')
    }
  }
  return value as AuditEncoding[]
}

export interface CheckedOptions {
  encodings: readonly AuditEncoding[]
  signal: AbortSignal | undefined
}

export function checkAuditOptions(options: unknown): CheckedOptions {
  if (options === undefined) return { encodings: ENCODINGS, signal: undefined }
  if (typeof options !== 'object' || options === null) throw invalidType('an object', 'options', options)
  const { encodings, signal } = options as AuditOptions
  checkSignal(signal)
  return { encodings: checkEncodings(encodings), signal }
}
