import { machine } from 'node:os'
import type { Backing } from '../backing'
import { native, nativeError } from '../native'
import { collectEvidence } from './collect'
import { conclude } from './conclude'
import type { Conclusion, Trial } from './evidence'
import { hasBit, limitOf, readText } from './proc'
import { NOT_TRIED, tryMlock, trySecretmem } from './trials'

const WORKS: Conclusion = {
  available: true,
  reason: null,
  errno: null,
  hint: null,
  evidence: ['tried: create, size, map, prefault and close all work'],
}

const CAP_IPC_LOCK = 14

/** Whether RLIMIT_MEMLOCK does not hold this process, under the accounting at mmap and for mlock(2). */
export function hasIpcLock(status: string | null): boolean {
  return hasBit(status, 'CapEff', CAP_IPC_LOCK)
}

function addonProblem(): string | null {
  if (native !== null || process.platform !== 'linux') return null
  return nativeError instanceof Error ? (nativeError.message.split('\n')[0] ?? '') : 'it was not loaded'
}

/** Whether memfd_secret serves now, and why not. Every call tries anew. */
export function detectSecretmem(): Conclusion {
  const trial = trySecretmem()
  // arm64 alone has kernels where the call works without protecting.
  if (trial.outcome === 'works' && machine() !== 'aarch64') return WORKS
  return conclude(collectEvidence(trial, addonProblem()))
}

/** Whether a limit was met, which says that the call itself works. */
export function isLimitReason(reason: Conclusion['reason']): boolean {
  return reason === 'memlock-limit' || reason === 'fd-limit'
}

/** A limit, not a filter: mlock(2) answers EPERM where the limit is 0 and CAP_IPC_LOCK is missing. */
function isMlockLimit(trial: Trial): boolean {
  if (trial.errno !== 'EPERM') return ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(trial.errno ?? '')
  const limit = limitOf(readText('/proc/self/limits'), 'Max locked memory')
  return limit?.soft === 0 && !hasIpcLock(readText('/proc/self/status'))
}

/** What this process can have, before any policy. */
export interface Best {
  backing: Backing
  memfdSecret: Conclusion
  /** The fallback's trial; not tried where it is not needed. */
  mlock: Trial
}

/** A limit never weakens the backing: the secret that meets it is an error. */
export function detectBest(): Best {
  const memfdSecret = detectSecretmem()
  if (memfdSecret.available || isLimitReason(memfdSecret.reason)) {
    return { backing: 'memfd_secret', memfdSecret, mlock: NOT_TRIED }
  }
  if (native === null || !native.canMakeViews()) return { backing: 'heap', memfdSecret, mlock: NOT_TRIED }
  const mlock = tryMlock()
  const serves = mlock.outcome === 'works' || (mlock.outcome === 'failed' && isMlockLimit(mlock))
  return { backing: serves ? 'mlock' : 'heap', memfdSecret, mlock }
}
