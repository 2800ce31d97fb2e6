import { ATTACK_TITLES, type AttackName, HOLDER_TITLES, type Outcome } from './attack-names'
import type { HolderReport } from './demonstration'
import { EXIT } from './options'

export interface Judgement {
  status: 'shown' | 'leaked' | 'not-shown' | 'failed'
  exitCode: number
  /** One sentence or more for a person: what was shown, or what stood in the way. */
  reasons: string[]
}

const READ_WHILE_IT_RUNS: ReadonlySet<AttackName> = new Set(['mem', 'process_vm_readv', 'ptrace'])
// What reads memory, now or from a dump; and what makes the victim read it.
const READ_A_BUFFER: ReadonlySet<AttackName> = new Set([...READ_WHILE_IT_RUNS, 'gcore', 'kernel-core', 'injected-code'])

function find(reports: readonly HolderReport[], holder: HolderReport['holder']): HolderReport | undefined {
  return reports.find((report) => report.holder === holder)
}

function leaksOfSecretMemory(secret: HolderReport): string[] {
  const leaks = secret.attacks
    .filter(({ attack, verdict }) => verdict === 'leaked' && attack !== 'injected-code')
    .map(({ attack, detail }) => `The key was read out of memfd_secret memory by ${ATTACK_TITLES[attack]}: ${detail}.`)
  const copies = secret.copies?.afterReading?.text ?? 0
  if (copies > 0) leaks.push(`Reading the key into secret memory left ${copies} of its text in ordinary memory.`)
  return leaks
}

// An attacker that finds nothing anywhere would look like protection. So what may read the ordinary Buffer must find the
// key there, and in the mlock fallback too where no dump leaves that out.
function brokenAttacks(report: HolderReport): string[] {
  const mustLeak = report.holder === 'buffer' ? READ_A_BUFFER : READ_WHILE_IT_RUNS
  const missed = (outcome: Outcome): boolean => outcome.verdict !== 'leaked' && outcome.verdict !== 'impossible'
  const holder = HOLDER_TITLES[report.holder]
  return report.attacks
    .filter((outcome) => mustLeak.has(outcome.attack) && missed(outcome))
    .map(({ attack, detail }) => `${ATTACK_TITLES[attack]} did not find the key in the ${holder}: ${detail}.`)
}

// What read the Buffer must at least have been tried on secret memory.
function unevenAttacks(buffer: HolderReport, secret: HolderReport): string[] {
  const worked = new Set(buffer.attacks.filter(({ verdict }) => verdict === 'leaked').map(({ attack }) => attack))
  return secret.attacks
    .filter(({ attack, verdict }) => verdict === 'impossible' && worked.has(attack))
    .map(({ attack, detail }) => `${ATTACK_TITLES[attack]} worked on the Buffer alone: ${detail}.`)
}

function failures(reports: readonly HolderReport[]): string[] {
  const buffer = find(reports, 'buffer')
  const secret = find(reports, 'memfd_secret')
  const signing = reports
    .filter(({ signatureVerified: signed }) => signed !== null && !(signed.beforeAttacks && signed.afterAttacks))
    .map(({ holder }) => `${HOLDER_TITLES[holder]}: the victim's signature does not verify.`)
  const broken = reports.filter(({ holder }) => holder !== 'memfd_secret').flatMap(brokenAttacks)
  const uneven = buffer !== undefined && secret !== undefined ? unevenAttacks(buffer, secret) : []
  return [...signing, ...broken, ...uneven]
}

// A core dump by the kernel needs no right to attack: alone it shows little where the attacks on a running victim failed.
function couldRead(buffer: HolderReport): boolean {
  const live = buffer.attacks.filter(({ attack }) => READ_WHILE_IT_RUNS.has(attack))
  const relevant = live.length > 0 ? live : buffer.attacks
  return relevant.some(({ verdict }) => verdict === 'leaked')
}

function obstacles(reports: readonly HolderReport[]): string[] {
  const found: string[] = []
  const secret = find(reports, 'memfd_secret')
  if (secret?.unavailable) {
    const { code, message, hint } = secret.unavailable
    found.push(`This machine does not give memfd_secret memory: ${message} (${code})`)
    if (hint !== null && !message.includes(hint)) found.push(hint)
  }
  const buffer = find(reports, 'buffer')
  if (buffer !== undefined && !couldRead(buffer)) {
    const refused = buffer.attacks.filter(({ verdict }) => verdict === 'impossible')
    const names = refused.map(({ attack, errno }) => ATTACK_TITLES[attack] + (errno === null ? '' : ` (${errno})`))
    const list = names.length === 0 ? 'none that reads was asked for' : `not possible: ${names.join(', ')}`
    found.push(`No attack could read the memory of the victim with the ordinary Buffer (${list}).`)
    if (refused.some(({ errno }) => errno === 'EPERM' || errno === 'EACCES')) {
      found.push('This user may not attack its own processes (see /proc/sys/kernel/yama/ptrace_scope): run it as root.')
    }
  }
  return found
}

function shown(reports: readonly HolderReport[]): string[] {
  const injected = find(reports, 'memfd_secret')?.attacks.find(({ attack }) => attack === 'injected-code')
  const reasons = [
    'The attacks that read the key out of the ordinary Buffer did not read it out of memfd_secret memory.',
  ]
  if (injected?.verdict === 'leaked') reasons.push('Injected code did: that is the one way that is not closed.')
  return reasons
}

export function judge(reports: readonly HolderReport[]): Judgement {
  const secret = find(reports, 'memfd_secret')
  const leaks = secret === undefined ? [] : leaksOfSecretMemory(secret)
  if (leaks.length > 0) return { status: 'leaked', exitCode: EXIT.leaked, reasons: leaks }
  const failed = failures(reports)
  if (failed.length > 0) return { status: 'failed', exitCode: EXIT.failed, reasons: failed }
  const hindered = obstacles(reports)
  if (hindered.length > 0) return { status: 'not-shown', exitCode: EXIT.notShown, reasons: hindered }
  return { status: 'shown', exitCode: EXIT.shown, reasons: shown(reports) }
}
