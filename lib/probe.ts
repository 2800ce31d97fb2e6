import { machine, release } from 'node:os'
import { type Backing, backingOf } from './backing'
import { type Best, detectBest } from './detection/detect'
import { processFacts } from './detection/process-facts'
import { findAccounting } from './detection/trials'
import { native } from './native'
import { preloadStatus } from './preload-status'
import { sealingOf } from './sealing'
import type { Support } from './support'

type Accounting = Support['kernel']['accounting']

let foundAccounting: Accounting | undefined

/** Once secret pages can be had, this cannot change any more. */
function accountingOf({ memfdSecret }: Best): Accounting {
  if (foundAccounting === undefined && memfdSecret.available) foundAccounting = findAccounting()
  return foundAccounting ?? null
}

/** At-touch counts by user, across processes, and no file tells the sum. */
function usedBytes(backing: Backing, accounting: Accounting, locked: number): number | null {
  return backing === 'memfd_secret' && accounting !== 'at-mmap' ? null : locked
}

/**
 * What protects the secrets of this process, and if it is not memfd_secret, why and what to do. Tries the system call's
 * whole path once (in a throw-away child first, where a seccomp filter is on, since a filter may kill), and then reads
 * only what can change: under a millisecond. Never throws, never kills.
 */
export function probe(): Support {
  const best = detectBest()
  const accounting = accountingOf(best)
  const chosen = native?.chosenBacking() ?? -1
  const backing = chosen < 0 ? best.backing : backingOf(chosen)
  const { memlock, process: state } = processFacts()
  const { locked, ...limits } = memlock
  return {
    backing,
    memfdSecret: { ...best.memfdSecret },
    kernel: { release: release(), arch: machine(), accounting },
    memlock: {
      soft: limits.soft,
      hard: limits.hard,
      used: usedBytes(backing, accounting, locked),
      capIpcLock: limits.capIpcLock,
    },
    sealing: sealingOf(backing === 'heap' ? null : native),
    preload: preloadStatus(),
    process: state,
  }
}
