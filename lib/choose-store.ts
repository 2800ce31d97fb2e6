import { constants } from 'node:os'
import { type Backing, backingOf, strengthOf } from './backing'
import { type Best, detectBest } from './detection/detect'
import { fallbackChannel } from './diagnostics'
import { SecretMemoryError } from './errors'
import { heapStore } from './heap-store'
import { native, type Store } from './native'
import { acceptedBacking } from './policy'

/** Where the secrets of this process live, and what protects them. */
export interface Chosen {
  store: Store
  backing: Backing
}

let chosen: Chosen | null = null

/** Why the backing is not memfd_secret, in words; empty where it is. */
function whyNot({ backing, memfdSecret }: Best): string {
  return backing === 'memfd_secret' ? '' : `${memfdSecret.reason} (${memfdSecret.evidence.join('; ')})`
}

function unavailable(
  accepted: Backing,
  received: Backing,
  why: string,
  { memfdSecret, trial }: Best,
): SecretMemoryError {
  const number = Object.entries(constants.errno).find(([name]) => name === trial.errno)?.[1]
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected the backing ${accepted} or stronger for a secret but received ${received}: ${why}`,
    {
      errno: number === undefined ? undefined : -number,
      syscall: trial.syscall ?? undefined,
      hint: memfdSecret.hint ?? undefined,
    },
  )
}

function warn(backing: Backing, why: string, { memfdSecret }: Best): void {
  process.emitWarning(`Secrets are protected by ${backing} only: ${why}`, {
    code: 'MEMFD_SECRET_FALLBACK',
    detail: 'Run `memfd-secret doctor` for the cause and its remedy. It is said once a process.',
  })
  const { reason, errno, evidence, hint } = memfdSecret
  if (fallbackChannel().hasSubscribers) fallbackChannel().publish({ backing, reason, errno, evidence, hint })
}

function decide(accepted: Backing): Chosen {
  const best = detectBest()
  const why = whyNot(best)
  if (strengthOf(best.backing) < strengthOf(accepted)) throw unavailable(accepted, best.backing, why, best)
  if (native === null || best.backing === 'heap') {
    warn('heap', why, best)
    return { store: heapStore, backing: 'heap' }
  }
  const first = native.chosenBacking() < 0
  const backing = backingOf(native.chooseBacking(strengthOf(best.backing)))
  if (first && backing !== 'memfd_secret') warn(backing, why, best)
  return { store: native, backing }
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
    const best = detectBest()
    throw unavailable(accepted, chosen.backing, whyNot(best) || 'it was chosen for the whole process', best)
  }
  return chosen
}

/** The store that is in use; null before the first secret. */
export function chosenStore(): Chosen | null {
  return chosen
}
