import { asBytes, checkOffset } from './arguments'
import { invalidType, outOfRange } from './errors'
import type { Lifetime } from './lifetime'
import { errorOf } from './store-error'

const EXPECTED = 'a SecretBuffer of this copy of memfd-secret, a Buffer, typed array, DataView or ArrayBuffer'

function bytesOrThrow(value: unknown, name: string): Uint8Array {
  const bytes = asBytes(value, name)
  if (bytes === null) throw invalidType(EXPECTED, name, value)
  return bytes
}

export function setContents(secret: Lifetime, other: Lifetime | null, source: unknown, offset: number): void {
  const bytes = other === null ? bytesOrThrow(source, 'source') : null
  const from = checkOffset(offset, 'offset', secret.byteLength)
  const count = bytes?.byteLength ?? other?.byteLength ?? 0
  if (count > secret.byteLength - from) {
    throw outOfRange(`at most ${secret.byteLength - from} bytes`, 'source', `${count} bytes`)
  }
  secret.check(
    other === null
      ? secret.store.copyIn(secret.handle, from, bytes ?? new Uint8Array(0))
      : secret.store.copyBetween(other.handle, 0, secret.handle, from, count),
  )
}

export function copyInto(
  secret: Lifetime,
  other: Lifetime | null,
  target: unknown,
  [targetStart, start, end]: readonly [number, number, number],
): number {
  const bytes = other === null ? bytesOrThrow(target, 'target') : null
  const room = bytes?.byteLength ?? other?.byteLength ?? 0
  const to = checkOffset(targetStart, 'targetStart', room)
  const from = checkOffset(start, 'start', secret.byteLength)
  const last = checkOffset(end, 'end', secret.byteLength)
  const count = Math.max(0, Math.min(last - from, room - to))
  secret.check(
    other === null
      ? secret.store.copyOut(secret.handle, from, (bytes ?? new Uint8Array(0)).subarray(to, to + count))
      : secret.store.copyBetween(secret.handle, from, other.handle, to, count),
  )
  return count
}

/** [start, end) by the rules of Array.prototype.slice, but for arguments that are no numbers. */
export function sliceBounds(length: number, start: unknown, end: unknown): [number, number] {
  const resolve = (value: unknown, name: string, otherwise: number): number => {
    if (value === undefined) return otherwise
    if (typeof value !== 'number') throw invalidType('a number', name, value)
    if (!Number.isInteger(value)) throw outOfRange('a whole number', name, value)
    return value < 0 ? Math.max(0, length + value) : Math.min(value, length)
  }
  return [resolve(start, 'start', 0), resolve(end, 'end', length)]
}

export function fillWith(secret: Lifetime, value: unknown): void {
  secret.check(secret.store.fill(secret.handle, checkOffset(value, 'value', 255)))
}

export function equalContents(secret: Lifetime, other: Lifetime | null, value: unknown): boolean {
  const answer =
    other === null
      ? secret.store.equals(secret.handle, bytesOrThrow(value, 'other'))
      : secret.store.equalsSecret(secret.handle, other.handle)
  if (typeof answer === 'number') throw errorOf(answer, secret.byteLength, secret.store)
  return answer
}
