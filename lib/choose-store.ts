import { readFileSync } from 'node:fs'
import { type Backing, backingOf, strengthOf } from './backing'
import { fallbackChannel } from './diagnostics'
import { SecretMemoryError } from './errors'
import { failureOf } from './failures'
import { heapStore } from './heap-store'
import { isLimit } from './limit-error'
import { native, nativeError, type Store } from './native'
import { acceptedBacking } from './policy'

/** Where the secrets of this process live, and what protects them. */
export interface Chosen {
  store: Store
  backing: Backing
}

let chosen: Chosen | null = null

/** A filter may answer a system call by SIGSYS: it is then tried first in a child that may die of it. */
function underFilter(): boolean {
  try {
    return /^Seccomp:\s*2/m.test(readFileSync('/proc/self/status', 'latin1'))
  } catch {
    return true
  }
}

/** Null: memfd_secret works. Else why not, in words. */
function refusalOfMemfdSecret(): { reason: string; errno?: number } | null {
  if (native === null) return { reason: 'the addon cannot load' }
  const answer = native.tryMemfdSecret(underFilter())
  if (answer === 0) return null
  if (answer > 0) return { reason: `a seccomp filter answers memfd_secret by signal ${answer}` }
  const failure = failureOf(answer)
  // A limit says that the call works: the secret that meets it is an error, never a weaker backing.
  return isLimit(failure) ? null : { reason: `${failure.syscall} answered ${failure.name}`, errno: -failure.errno }
}

function whyHeap(): string {
  if (process.platform !== 'linux') return `memfd_secret is a system call of Linux, and this is ${process.platform}`
  if (native === null) {
    return `the addon cannot load: ${nativeError instanceof Error ? nativeError.message.split('\n')[0] : 'unknown'}`
  }
  return 'this runtime refuses buffers over memory outside of its heap'
}

function unavailable(accepted: Backing, best: Backing, reason: string, errno?: number): SecretMemoryError {
  const hint =
    best === 'heap'
      ? "Run `npm run build`, or accept { minBacking: 'heap' } for this secret where a plain ArrayBuffer will do"
      : 'Run `memfd-secret doctor` for the cause and its remedy on this machine'
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected the backing ${accepted} or stronger for a secret but received ${best}: ${reason}`,
    errno === undefined ? { hint } : { errno, syscall: 'memfd_secret', hint },
  )
}

function warn(backing: Backing, reason: string): void {
  process.emitWarning(`Secrets are protected by ${backing} only: ${reason}`, {
    code: 'MEMFD_SECRET_FALLBACK',
    detail: 'Run `memfd-secret doctor` for the cause and its remedy. It is said once a process.',
  })
  if (fallbackChannel.hasSubscribers) fallbackChannel.publish({ backing, reason })
}

let reasonOfChoice = ''

function decide(accepted: Backing): Chosen {
  const usable = native?.canMakeViews() === true ? native : null
  const refusal = usable === null ? null : refusalOfMemfdSecret()
  const best: Backing = usable === null ? 'heap' : refusal === null ? 'memfd_secret' : 'mlock'
  const reason = usable === null ? whyHeap() : (refusal?.reason ?? '')
  if (strengthOf(best) < strengthOf(accepted)) throw unavailable(accepted, best, reason, refusal?.errno)
  if (usable === null) {
    warn('heap', reason)
    return { store: heapStore, backing: 'heap' }
  }
  const first = usable.chosenBacking() < 0
  const backing = backingOf(usable.chooseBacking(strengthOf(best)))
  reasonOfChoice = reason
  if (first && backing !== 'memfd_secret') warn(backing, reason)
  return { store: usable, backing }
}

/**
 * The store of this process, chosen at the first secret.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where it is weaker than what the caller or the policy accepts.
 */
export function chooseStore(wanted: Backing | undefined): Chosen {
  const accepted = acceptedBacking(wanted)
  if (chosen === null) {
    const strength = native?.chosenBacking() ?? -1
    chosen = native !== null && strength >= 0 ? { store: native, backing: backingOf(strength) } : decide(accepted)
  }
  if (strengthOf(chosen.backing) < strengthOf(accepted)) {
    const reason = reasonOfChoice === '' ? 'it was chosen for the whole process' : reasonOfChoice
    throw unavailable(accepted, chosen.backing, reason)
  }
  return chosen
}

/** The store that is in use; null before the first secret. */
export function chosenStore(): Chosen | null {
  return chosen
}
