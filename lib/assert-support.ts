import { type Backing, BACKINGS, isBacking, strengthOf } from './backing'
import { isLimitReason } from './detection/detect'
import { invalidType, invalidValue, SecretMemoryError } from './errors'
import { acceptedBacking } from './policy'
import { probe } from './probe'
import type { Support } from './support'

/** What {@link assertSupport} asks for. */
export interface Requirements {
  /** The weakest backing that will do. Default: the policy's. */
  minBacking?: Backing
  /** Whether the preload library must be active, so that Node's own OpenSSL allocates from secret pages. */
  preload?: boolean
}

function checkTypes(requirements: Requirements): void {
  if (typeof requirements !== 'object' || requirements === null) throw invalidType('an object', 'options', requirements)
  const { minBacking, preload } = requirements
  if (minBacking !== undefined && typeof minBacking !== 'string') {
    throw invalidType(`one of ${BACKINGS.join(', ')}`, 'options.minBacking', minBacking)
  }
  if (minBacking !== undefined && !isBacking(minBacking)) {
    throw invalidValue(`one of ${BACKINGS.join(', ')}`, 'options.minBacking', 'another string')
  }
  if (preload !== undefined && typeof preload !== 'boolean') throw invalidType('a boolean', 'options.preload', preload)
}

function explain({ memfdSecret }: Support): { because: string; hint?: string } {
  const { reason, errno, evidence, hint } = memfdSecret
  const named = errno === null ? reason : `${reason}, ${errno}`
  return { because: `${named} (${evidence.join('; ')})`, ...(hint === null ? {} : { hint }) }
}

/** Why these requirements are not met; null where they are. */
export function unmet(support: Support, minBacking: Backing, preload: boolean): SecretMemoryError | null {
  const { backing, memfdSecret } = support
  if (strengthOf(backing) < strengthOf(minBacking)) {
    const { because, hint } = explain(support)
    return new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      `Expected the backing ${minBacking} or stronger for secrets but received ${backing}: ${because}`,
      { hint },
    )
  }
  if (isLimitReason(memfdSecret.reason) && backing === 'memfd_secret') {
    const { because, hint } = explain(support)
    return new SecretMemoryError(
      'ERR_MEMFD_SECRET_LIMIT',
      `Expected room for one secret but received a limit: ${because}`,
      { hint },
    )
  }
  if (preload && !support.preload.active) {
    return new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      'Expected the preload library for this process but received none',
      { hint: 'Start it by: memfd-secret run -- node server.js' },
    )
  }
  return null
}

/**
 * For a service's first line: throws unless its secrets will be protected as asked, with the reason, the evidence and
 * the hint in the message.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where the backing is weaker or the preload library is missing;
 *   ERR_MEMFD_SECRET_LIMIT where a limit leaves no room for a first secret.
 */
export function assertSupport(requirements: Requirements = {}): Support {
  checkTypes(requirements)
  const minBacking = acceptedBacking(requirements.minBacking)
  const support = probe()
  const error = unmet(support, minBacking, requirements.preload ?? false)
  if (error !== null) {
    Error.captureStackTrace(error, assertSupport)
    throw error
  }
  return support
}
