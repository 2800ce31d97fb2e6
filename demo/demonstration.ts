import { randomBytes, verify } from 'node:crypto'
import { ATTACK_NAMES, type AttackName, HOLDER_NAMES, type HolderName, type Outcome } from './attack-names'
import { type Copies, countCopies, makeAttack, type Target } from './attacks'
import type { KeyForTheRun } from './key'
import type { Options } from './options'
import type { HowToHold } from '../attack/holders'
import { Victim, VictimError } from '../attack/victim/process'

export interface HolderReport {
  holder: HolderName
  /** What protects the key, in the library's own word; null where the victim could not hold it so. */
  backing: string | null
  /** Why it could not: the library's error. */
  unavailable: { code: string | null; message: string; hint: string | null } | null
  /** Code of the process warning that the library gave, such as that of a fallback. */
  warning: string | null
  /** The signatures were made by the victim and checked here against the public key. */
  signatureVerified: { beforeAttacks: boolean; afterAttacks: boolean } | null
  /** Copies in the victim's ordinary memory; null where it cannot be read. */
  copies: { afterReading: Copies | null; afterSigning: Copies | null; afterCollection: Copies | null } | null
  attacks: Outcome[]
}

async function signs(victim: Victim, key: KeyForTheRun): Promise<boolean> {
  const data = randomBytes(32)
  return verify('sha256', data, key.publicKey, await victim.sign(data))
}

async function attackAll(names: readonly AttackName[], target: Target): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const name of names) outcomes.push(await makeAttack(name, target))
  return outcomes
}

function unavailable(holder: HolderName, error: VictimError): HolderReport {
  const { code, message, hint } = error
  return {
    holder,
    backing: null,
    unavailable: { code, message, hint },
    warning: null,
    signatureVerified: null,
    copies: null,
    attacks: [],
  }
}

async function demonstrateHolder(holder: HolderName, key: KeyForTheRun, options: Options): Promise<HolderReport> {
  const folder = key.makeFolder(holder)
  const careless = holder === 'memfd_secret' && options.leaveDescriptorOpen
  const how: HowToHold = careless ? 'descriptor-open' : holder === 'buffer' ? 'malloc' : holder
  let started: Awaited<ReturnType<typeof Victim.start>>
  try {
    started = await Victim.start(how, key.path, folder)
  } catch (error) {
    // Without a code it is not the library that refused: a process broke.
    if (error instanceof VictimError && error.code !== null) return unavailable(holder, error)
    throw error
  }
  const [victim, ready] = started
  try {
    const target: Target = { holder, how, victim, key, folder }
    const afterReading = await countCopies(target)
    const beforeAttacks = await signs(victim, key)
    const afterSigning = await countCopies(target)
    await victim.collectGarbage()
    const afterCollection = await countCopies(target)

    const attacks = await attackAll(
      options.attacks.filter((name) => name !== 'kernel-core'),
      target,
    )
    const afterAttacks = await signs(victim, key)
    await victim.collectGarbage()
    // The last one: it ends the victim.
    if (options.attacks.includes('kernel-core')) attacks.push(await makeAttack('kernel-core', target))

    return {
      holder,
      backing: ready.backing,
      unavailable: null,
      warning: ready.warning,
      signatureVerified: { beforeAttacks, afterAttacks },
      copies: { afterReading, afterSigning, afterCollection },
      attacks: ATTACK_NAMES.flatMap((name) => attacks.filter((outcome) => outcome.attack === name)),
    }
  } finally {
    await victim.end()
  }
}

/** Runs all three victims, one after another; `tell` hears what begins. */
export async function demonstrate(
  key: KeyForTheRun,
  options: Options,
  tell: (holder: HolderName) => void,
): Promise<HolderReport[]> {
  const reports: HolderReport[] = []
  for (const holder of HOLDER_NAMES) {
    tell(holder)
    reports.push(await demonstrateHolder(holder, key, options))
  }
  return reports
}
