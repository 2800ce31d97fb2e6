import { constants } from 'node:os'
import { failureOf } from '../failures'
import { native } from '../native'
import type { Trial } from './evidence'
import { readText, seccompOf } from './proc'

export const NOT_TRIED: Trial = { outcome: 'not-tried', errno: null, syscall: null, signal: null }
export const WORKS: Trial = { ...NOT_TRIED, outcome: 'works' }

/** Whether a system call is first tried in a throw-away child: a filter may answer it by a deadly signal. */
export function isFiltered(): boolean {
  // Not readable, as with no descriptor left: a filter may be on.
  return seccompOf(readText('/proc/self/status')) !== 0
}

function signalName(signal: number): string {
  const found = Object.entries(constants.signals).find(([, number]) => number === signal)
  return found?.[0] ?? `signal ${signal}`
}

/** An answer of the addon's: 0, a failure, or the signal that a filter kills with. */
export function toTrial(answer: number): Trial {
  if (answer === 0) return WORKS
  if (answer > 0) return { ...NOT_TRIED, outcome: 'killed', signal: signalName(answer) }
  const { name, syscall } = failureOf(answer)
  return { ...NOT_TRIED, outcome: 'failed', errno: name, syscall }
}

/** Tries memfd_secret(2) on its whole path: create, size, map, prefault, close. Never kills. */
export function trySecretmem(): Trial {
  return native === null ? NOT_TRIED : toTrial(native.tryMemfdSecret(isFiltered()))
}

/** Tries the fallback on its whole path. Never kills. */
export function tryMlock(): Trial {
  return native === null ? NOT_TRIED : toTrial(native.tryMlock(isFiltered()))
}

const ACCOUNTING = [null, 'at-mmap', 'at-touch'] as const

/** When the kernel counts a secret page, found out by trying; null where it cannot be tried. */
export function findAccounting(): 'at-mmap' | 'at-touch' | null {
  return native === null ? null : (ACCOUNTING[native.findAccounting(isFiltered())] ?? null)
}
