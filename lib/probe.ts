import { machine, release } from 'node:os'
import { backingOf } from './backing'
import { type Best, detectBest, isLimitReason } from './detection/detect'
import { processFacts } from './detection/process-facts'
import { findAccounting } from './detection/trials'
import { native } from './native'
import { preloadStatus } from './preload-status'
import type { Support } from './support'

interface Found extends Best {
  accounting: Support['kernel']['accounting']
}

let cached: Found | null = null

/** What cannot change while the process lives is tried once; a limit can be raised, so it is tried again. */
function find(): Found {
  if (cached !== null) return cached
  const best = detectBest()
  const found = { ...best, accounting: best.memfdSecret.available ? findAccounting() : null }
  if (!isLimitReason(best.memfdSecret.reason)) cached = found
  return found
}

/** At-touch counts by user, across processes, and no file tells the sum. */
function lockedBytes(found: Found, locked: number): number | null {
  const secret = found.backing === 'memfd_secret'
  return secret && found.accounting !== 'at-mmap' ? null : locked
}

/**
 * What protects the secrets of this process, and if it is not memfd_secret, why and what to do. Tries the system call's
 * whole path once (in a throw-away child first, where a seccomp filter is on, since a filter may kill), and then reads
 * only what can change: under a millisecond. Never throws, never kills.
 */
export function probe(): Support {
  const found = find()
  const { memlock, process: state } = processFacts()
  const chosen = native?.chosenBacking() ?? -1
  const { locked, ...limits } = memlock
  return {
    backing: chosen < 0 ? found.backing : backingOf(chosen),
    memfdSecret: { ...found.memfdSecret },
    kernel: { release: release(), arch: machine(), accounting: found.accounting },
    memlock: { soft: limits.soft, hard: limits.hard, used: lockedBytes(found, locked), capIpcLock: limits.capIpcLock },
    sealing: 'none',
    preload: preloadStatus(),
    process: state,
  }
}
