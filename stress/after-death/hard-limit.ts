import { readFileSync } from 'node:fs'
import { limitOf } from '../../lib/detection/proc'

/** As much of a resource as this process may allow a child: root any, a user what the hard limit leaves. */
export function hardLimit(name: 'Max core file size' | 'Max locked memory'): number {
  if (process.getuid?.() === 0) return Infinity
  return limitOf(readFileSync('/proc/self/limits', 'latin1'), name)?.hard ?? 0
}

/** For prlimit(1). */
export const asLimit = (bytes: number): string => {
  const text = bytes === Infinity ? 'unlimited' : String(bytes)
  return `${text}:${text}`
}
