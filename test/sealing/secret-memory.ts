import { readFileSync } from 'node:fs'
import { loadNativeAccess, type NativeAccess } from '../native-access'

export interface SecretMapping {
  start: bigint
  length: number
  /** Nobody reads it now: no protection but none, or a protection key. */
  closed: boolean
}

const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) .*$/

/** The secret mappings of this process as the kernel tells them, not as this package does. */
export function secretMappings(): SecretMapping[] {
  const found: SecretMapping[] = []
  let current: SecretMapping | null = null
  for (const line of readFileSync('/proc/self/smaps', 'latin1').split('\n')) {
    const [, start, end, permissions] = HEADER.exec(line) ?? []
    if (start !== undefined) {
      const from = BigInt(`0x${start}`)
      current = {
        start: from,
        length: Number(BigInt(`0x${end}`) - from),
        closed: permissions?.startsWith('---') === true,
      }
      if (line.includes('secretmem')) found.push(current)
    } else if (current !== null && /^ProtectionKey:\s+[1-9]/.test(line)) {
      current.closed = true
    }
  }
  return found
}

let access: NativeAccess | undefined
export const native = (): NativeAccess => (access ??= loadNativeAccess())

/** How often bytes stand in secret memory that is open at the moment, at any offset. */
export function countInOpenMemory(bytes: Uint8Array): number {
  let count = 0
  for (const { start, length, closed } of secretMappings()) {
    if (closed) continue
    const copy = native().peek(start, length)
    for (let at = copy.indexOf(bytes); at >= 0; at = copy.indexOf(bytes, at + 1)) count++
    copy.fill(0)
  }
  return count
}

/** An address in sealed memory. */
export function sealedAddress(): bigint {
  const sealed = secretMappings().find(({ closed }) => closed)
  if (sealed === undefined) throw new Error('Expected a closed secret mapping but received none')
  return sealed.start
}
