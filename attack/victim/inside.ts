import { constants } from 'node:os'
import type { Held } from './held'
import { INSIDE_MODULE } from '../paths'
import { locate, wholePages } from './locate'

/** What an attempt of the native module came to; see attack/inside/attempt.h. */
interface Attempt {
  impossible: string | null
  errno: number
  tried: number
  refused: number
  refusal: number
  bytes: number
}

type NativeAttack = (ranges: BigUint64Array, path: string) => Attempt

export const NATIVE_ATTACKS = [
  'oDirect',
  'vmsplice',
  'ioUringRegisteredBuffer',
  'userfaultfdMove',
  'forkedChild',
] as const

export type NativeAttackName = (typeof NATIVE_ATTACKS)[number]

interface InsideModule extends Record<NativeAttackName, NativeAttack> {
  pageSize: number
  addressOf(bytes: Buffer): bigint
  sharedMemory(length: number): ArrayBuffer
}

/** What the victim's part of an attack came to; what it obtained lies in the file that it was told of. */
export interface InsideResult {
  impossible: { reason: string; errno: string | null } | null
  tried: number
  refused: number
  refusal: string | null
  detail: string
}

/** The victim's part of an attack from inside. */
export type Inside = (held: Held, path: string) => InsideResult | Promise<InsideResult>

export function made(detail: string): InsideResult {
  return { impossible: null, tried: 0, refused: 0, refusal: null, detail }
}

let loaded: InsideModule | null = null

/** attack/inside, compiled. */
export function loadInsideModule(): InsideModule {
  if (loaded === null) {
    const module = { exports: {} as InsideModule }
    process.dlopen(module, INSIDE_MODULE)
    loaded = module.exports
  }
  return loaded
}

function errnoName(number: number): string | null {
  if (number === 0) return null
  const found = Object.entries(constants.errno).find(([, value]) => value === number)
  return found?.[0] ?? `errno ${number}`
}

/** The victim's part that is one of the native module's. */
export function nativeAttack(name: NativeAttackName): Inside {
  return (held, path) => {
    const native = loadInsideModule()
    const { ranges } = locate(held)
    if (ranges.length === 0) throw new Error('Expected addresses of the secret but received none')
    const pages = BigUint64Array.from(wholePages(ranges).flatMap(({ start, end }) => [start, end]))
    const { impossible, errno, tried, refused, refusal, bytes } = native[name](pages, path)
    const refusals = { tried, refused, refusal: errnoName(refusal) }
    if (impossible !== null) {
      return { impossible: { reason: impossible, errno: errnoName(errno) }, ...refusals, detail: impossible }
    }
    return { impossible: null, ...refusals, detail: `${bytes} bytes came out` }
  }
}
