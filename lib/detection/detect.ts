import { machine } from 'node:os'
import type { Backing } from '../backing'
import { native, nativeError } from '../native'
import { collectEvidence } from './collect'
import { conclude } from './conclude'
import type { Conclusion, Trial } from './evidence'
import { hasBit, limitOf, readText } from './proc'
import { NOT_TRIED, tryMlock, trySecretmem } from './trials'

const SERVES: Conclusion = {
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

/** Why the addon cannot serve; null where it can, or is not for this platform. */
function addonProblem(): string | null {
  if (process.platform !== 'linux') return null
  if (native === null) {
    return `the addon cannot load: ${nativeError instanceof Error ? nativeError.message.split('\n')[0] : 'unknown'}`
  }
  return native.canMakeViews() ? null : 'this runtime refuses buffers over memory outside of its heap, as Electron does'
}

/** Whether a limit was met, which says that the call itself works. */
export function isLimitReason(reason: Conclusion['reason']): boolean {
  return reason === 'memlock-limit' || reason === 'fd-limit'
}

/** A limit, not a filter: mlock(2) answers EPERM where the limit is 0 and CAP_IPC_LOCK is missing. */
function isMlockLimit(trial: Trial): boolean {
  // No throw-away child could be made: untried, it may kill.
  if (trial.syscall === 'clone') return false
  if (trial.errno !== 'EPERM') return ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(trial.errno ?? '')
  const limit = limitOf(readText('/proc/self/limits'), 'Max locked memory')
  return limit?.soft === 0 && !hasIpcLock(readText('/proc/self/status'))
}

function describeMlock({ errno, signal }: Trial): string {
  return signal === null ? `mlock answers ${errno}` : `mlock: a throw-away child was killed by ${signal}`
}

/** What this process can have, before any policy. */
export interface Best {
  backing: Backing
  memfdSecret: Conclusion
  trial: Trial
}

/** A limit never weakens the backing: the secret that meets it is an error. */
function tryAll(): Best {
  const problem = addonProblem()
  const trial = problem === null ? trySecretmem() : NOT_TRIED
  // arm64 alone has kernels where the call works without protecting.
  const plain = trial.outcome === 'works' && machine() !== 'aarch64'
  const memfdSecret = plain ? SERVES : conclude(collectEvidence(trial, problem))
  if (memfdSecret.available || isLimitReason(memfdSecret.reason)) return { backing: 'memfd_secret', memfdSecret, trial }
  if (native === null || problem !== null) return { backing: 'heap', memfdSecret, trial }
  const mlock = tryMlock()
  if (mlock.outcome === 'works' || isMlockLimit(mlock)) return { backing: 'mlock', memfdSecret, trial }
  const evidence = [...memfdSecret.evidence, describeMlock(mlock)]
  return { backing: 'heap', memfdSecret: { ...memfdSecret, evidence }, trial }
}

let cached: Best | null = null

/** Tried once a process and thread; again only where a limit was met, which can be raised. */
export function detectBest(): Best {
  if (cached !== null) return cached
  const best = tryAll()
  if (!isLimitReason(best.memfdSecret.reason)) cached = best
  return best
}
