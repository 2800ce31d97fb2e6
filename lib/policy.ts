import { type Backing, BACKINGS, backingOf, isBacking, strengthOf, strongerOf } from './backing'
import { invalidType, invalidValue, outOfRange, SecretMemoryError } from './errors'
import { native } from './native'

/** What every secret of this process is held to. {@link configure} tightens it and never loosens it. */
export interface Policy {
  /** The weakest backing accepted. Default: 'mlock' on Linux, 'heap' elsewhere. */
  minBacking: Backing
  /** Whether secrets are made sealed unless said otherwise. Default false. */
  sealed: boolean
  /** Bytes of locked memory that are prefaulted at once and never given back. Default 0. */
  reserveBytes: number
}

const BY_DEFAULT: Backing = process.platform === 'linux' ? 'mlock' : 'heap'
const state: Policy = { minBacking: BY_DEFAULT, sealed: false, reserveBytes: 0 }
/** Asked for by configure() or the environment: then no caller may accept a weaker one. */
let floor: Backing | null = null

function raise(backing: Backing): Backing {
  // Process-wide: a worker is held to what the main thread was told, and the other way round.
  return native === null ? strongerOf(floor ?? 'heap', backing) : backingOf(native.raiseFloor(strengthOf(backing)))
}

function readEnvironment(): void {
  const value = process.env['MEMFD_SECRET_MIN_BACKING']
  if (value === undefined || value === '') return
  if (!isBacking(value)) {
    throw invalidValue(`one of ${BACKINGS.join(', ')}`, 'MEMFD_SECRET_MIN_BACKING', 'another word')
  }
  // The environment too only tightens: heap on Linux would loosen the default, and is no error, since it asks for
  // nothing that the default refuses.
  if (strengthOf(value) >= strengthOf(BY_DEFAULT)) floor = raise(value)
}

/** The floor of this moment: another environment of the process may have raised it. */
function currentFloor(): Backing | null {
  if (native === null) return floor
  const strength = native.raiseFloor(-1)
  return strength < 0 ? null : backingOf(strength)
}

let environmentRead = false

function current(): Policy {
  if (!environmentRead) {
    readEnvironment()
    environmentRead = true
  }
  const raised = currentFloor()
  if (raised !== null) state.minBacking = strongerOf(state.minBacking, raised)
  return state
}

/** The weakest backing that a secret may have: what the caller accepts, but never less than what the policy asks. */
export function acceptedBacking(wanted: Backing | undefined): Backing {
  const policy = current()
  if (wanted === undefined) return policy.minBacking
  const raised = currentFloor()
  return raised === null ? wanted : strongerOf(wanted, raised)
}

export function sealedByPolicy(): boolean {
  return current().sealed
}

export function policy(): Readonly<Policy> {
  return { ...current() }
}

function loosening(name: string, from: string, to: string): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_POLICY',
    `Expected a policy at least as strict as ${from} for ${name} but received ${to}`,
    { hint: 'configure() only tightens; start the process with the policy that you want' },
  )
}

function checkTypes(wanted: Partial<Policy>): void {
  if (typeof wanted !== 'object' || wanted === null) throw invalidType('an object', 'policy', wanted)
  const { minBacking, sealed, reserveBytes } = wanted
  if (minBacking !== undefined && typeof minBacking !== 'string') {
    throw invalidType(`one of ${BACKINGS.join(', ')}`, 'policy.minBacking', minBacking)
  }
  if (minBacking !== undefined && !isBacking(minBacking)) {
    throw invalidValue(`one of ${BACKINGS.join(', ')}`, 'policy.minBacking', 'another string')
  }
  if (sealed !== undefined && typeof sealed !== 'boolean') throw invalidType('a boolean', 'policy.sealed', sealed)
  if (reserveBytes !== undefined && typeof reserveBytes !== 'number') {
    throw invalidType('a number', 'policy.reserveBytes', reserveBytes)
  }
  if (reserveBytes !== undefined && !(Number.isSafeInteger(reserveBytes) && reserveBytes >= 0)) {
    throw outOfRange('a whole number of bytes, 0 or more', 'policy.reserveBytes', reserveBytes)
  }
}

/** Checks and takes over a policy; answers how many bytes are still to be reserved. All or nothing. */
export function tighten(wanted: Partial<Policy>): Readonly<Policy> {
  checkTypes(wanted)
  const now = current()
  const { minBacking = now.minBacking, sealed = now.sealed, reserveBytes = now.reserveBytes } = wanted
  if (strengthOf(minBacking) < strengthOf(now.minBacking)) throw loosening('minBacking', now.minBacking, minBacking)
  if (!sealed && now.sealed) throw loosening('sealed', 'true', 'false')
  if (reserveBytes < now.reserveBytes) throw loosening('reserveBytes', `${now.reserveBytes}`, `${reserveBytes}`)
  if (wanted.minBacking !== undefined) floor = raise(minBacking)
  Object.assign(state, { minBacking, sealed })
  return { minBacking, sealed, reserveBytes }
}

/** Noted once the memory is there: a reserve that met a limit may be asked for again. */
export function noteReserve(byteLength: number): void {
  state.reserveBytes = Math.max(state.reserveBytes, byteLength)
}
