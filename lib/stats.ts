import { chosenStore } from './choose-store'
import { limitOf, readText } from './detection/proc'
import { native, STAT_NAMES } from './native'

/** Numbers for a metrics scrape: of this environment (the main thread or one worker), in bytes where not counts. */
export interface Stats {
  /** Live secrets. */
  secrets: number
  /** Their bytes. */
  bytes: number
  /** Locked memory mapped for them, free slots included. */
  lockedBytes: number
  /** RLIMIT_MEMLOCK of the process; Infinity where unlimited. */
  limitBytes: number
  /** Mapped and free. */
  freeSlotBytes: number
  /** Of configure({ reserveBytes }). */
  reservedBytes: number
  /** Wiped, but kept from reuse while a view or I/O in flight may still point there. */
  quarantinedBytes: number
  /** Disposed secrets that wait for an open use(). */
  pendingDisposals: number
  /** Wiped because they were collected without dispose(). */
  collectedUndisposed: number
  /** 1 where this process uses a weaker backing than memfd_secret. */
  fallbacks: number
}

/** Cheap enough for a metrics scrape: one small file of /proc and a call of the addon, some 30 µs. Never throws. */
export function stats(): Stats {
  const numbers = new Float64Array(STAT_NAMES.length)
  const store = chosenStore()
  const source = store?.store ?? native
  source?.readStats(numbers)
  const read = (name: (typeof STAT_NAMES)[number]): number => numbers[STAT_NAMES.indexOf(name)] ?? 0
  return {
    secrets: read('secrets'),
    bytes: read('bytes'),
    lockedBytes: read('lockedBytes'),
    limitBytes: limitOf(readText('/proc/self/limits'), 'Max locked memory')?.soft ?? Infinity,
    freeSlotBytes: read('freeSlotBytes'),
    reservedBytes: read('reservedBytes'),
    quarantinedBytes: read('quarantinedBytes'),
    pendingDisposals: read('pendingDisposals'),
    collectedUndisposed: read('collectedUndisposed'),
    fallbacks: store === null || store.backing === 'memfd_secret' ? 0 : 1,
  }
}
