import assert from 'node:assert'
import { inspect } from 'node:util'

/** Stands for a secret: no message, stack or property of an error may hold it, in any notation. */
export const MARKER = 'mArKeR-of-a-SECRET-0123'

const bytes = Buffer.from(MARKER)
const NOTATIONS = [
  MARKER,
  MARKER.toLowerCase(),
  bytes.toString('hex'),
  bytes.toString('hex').toUpperCase(),
  bytes.toString('hex').replace(/(..)(?!$)/g, '$1 '),
  bytes.toString('base64').slice(0, 20),
  [...bytes].join(','),
  [...bytes].join(', '),
  String(BigInt(`0x${bytes.toString('hex')}`)),
]

/** Whether any way of printing a value shows the marker. */
export function showsMarker(value: unknown): boolean {
  const own =
    typeof value === 'object' && value !== null ? Reflect.ownKeys(value).map((key) => Reflect.get(value, key)) : []
  const texts = [
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity }),
    inspect(value, { depth: Infinity, customInspect: false, maxArrayLength: Infinity, breakLength: Infinity }),
    JSON.stringify(value) ?? '',
    ...own.filter((item) => typeof item === 'string'),
  ]
  return texts.some((text) => NOTATIONS.some((notation) => text.includes(notation)))
}

export interface Thrown extends Error {
  code?: string
  errno?: number
  syscall?: string
  hint?: string
  path?: string
}

const SHAPED = /^Expected .+ but received /

function checked(name: string, error: unknown): Thrown {
  assert.ok(error instanceof Error, `${name}: expected an Error to be thrown`)
  assert.ok(!showsMarker(error), `${name}: the error shows a byte of the secret`)
  return error
}

/** What act throws, after a look for the marker in all of it. */
export function thrownBy(act: () => unknown, name = 'call'): Thrown {
  try {
    act()
  } catch (error) {
    return checked(name, error)
  }
  throw new Error(`${name}: expected it to throw`)
}

export async function rejectionOf(promise: Promise<unknown>, name = 'call'): Promise<Thrown> {
  try {
    await promise
  } catch (error) {
    return checked(name, error)
  }
  throw new Error(`${name}: expected it to reject`)
}

/** Throws one of the package's own errors with this code, in the one shape that messages have. */
export function refuses(act: () => unknown, code: string, name: string): Thrown {
  const error = thrownBy(act, name)
  assert.equal(error.code, code, `${name}: ${error.message}`)
  assert.match(error.message, SHAPED, `${name}: the shape of the message`)
  return error
}

export async function rejects(promise: Promise<unknown>, code: string, name: string): Promise<Thrown> {
  const error = await rejectionOf(promise, name)
  assert.equal(error.code, code, `${name}: ${error.message}`)
  return error
}

export const INVALID_TYPE = 'ERR_INVALID_ARG_TYPE'
export const INVALID_VALUE = 'ERR_INVALID_ARG_VALUE'
export const OUT_OF_RANGE = 'ERR_OUT_OF_RANGE'
export const UNKNOWN_ENCODING = 'ERR_UNKNOWN_ENCODING'
export const BAD_ENCODING = 'ERR_MEMFD_SECRET_BAD_ENCODING'
export const DISPOSED = 'ERR_MEMFD_SECRET_DISPOSED'
export const TOO_LARGE = 'ERR_MEMFD_SECRET_TOO_LARGE'
