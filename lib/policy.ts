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
let floor: Backing = 'heap'

/**
 * Takes over what any environment of the process was told, after raising it: a worker is held to what the main thread
 * was told, and the other way round.
 */
function raise(backing: Backing, sealed: boolean): void {
  const raised = native?.raiseFloor(strengthOf(backing), sealed) ?? 0
  floor = strongerOf(strongerOf(floor, backing), backingOf(raised % 4))
  state.minBacking = strongerOf(state.minBacking, floor)
  state.sealed ||= sealed || raised >= 4
}

function readEnvironment(): void {
  const value = process.env['MEMFD_SECRET_MIN_BACKING']
  if (value === undefined || value === '') return
  if (!isBacking(value)) {
    throw invalidValue(`one of ${BACKINGS.join(', ')}`, 'MEMFD_SECRET_MIN_BACKING', 'another word')
  }
  // The environment too only tightens: heap on Linux would loosen the default, and is no error, since it asks for
  // nothing that the default refuses.
  if (strengthOf(value) >= strengthOf(BY_DEFAULT)) raise(value, false)
}

let environmentRead = false

function current(): Policy {
  if (!environmentRead) {
    readEnvironment()
    environmentRead = true
  }
  raise('heap', false)
  return state
}

/** The weakest backing that a secret may have: what the caller accepts, but never less than what the policy asks. */
export function acceptedBacking(wanted: Backing | undefined): Backing {
  const { minBacking } = current()
  return wanted === undefined ? minBacking : strongerOf(wanted, floor)
}

/** Whether a secret is sealed where the caller says nothing. To be asked after acceptedBacking, which brings it up to date. */
export function sealedByPolicy(): boolean {
  return state.sealed
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
  raise(wanted.minBacking === undefined ? 'heap' : minBacking, sealed)
  return { minBacking, sealed, reserveBytes }
}

/** Noted once the memory is there: a reserve that met a limit may be asked for again. */
export function noteReserve(byteLength: number): void {
  state.reserveBytes = Math.max(state.reserveBytes, byteLength)
}
