import { type Paint, painter } from '../attack/report/colour'
import { ATTACK_TITLES, HOLDER_TITLES, type Outcome, type Verdict } from './attack-names'
import type { Copies } from './attacks'
import type { HolderReport } from './demonstration'
import type { Judgement } from './judgement'

export interface Report {
  kernel: string
  node: string
  attacker: { uid: number; root: boolean }
  key: { description: string; byteLength: number }
  holders: HolderReport[]
  result: Judgement
}

const WORDS: Record<Verdict, string> = {
  leaked: 'LEAKED',
  refused: 'refused',
  absent: 'not there',
  impossible: 'not possible here',
}

function cellText(outcome: Outcome | undefined, holder: HolderReport): string {
  if (outcome === undefined) return holder.unavailable === null ? '' : 'no such memory here'
  const word =
    outcome.attack === 'pidfd_getfd' && outcome.verdict === 'absent' ? 'nothing to take' : WORDS[outcome.verdict]
  return outcome.errno === null ? word : `${word}, ${outcome.errno}`
}

function paintCell(text: string, outcome: Outcome | undefined, paint: Paint): string {
  if (outcome?.verdict === 'leaked') return paint(text, 'red')
  if (outcome?.verdict === 'refused' || outcome?.verdict === 'absent') return paint(text, 'green')
  return paint(text, 'dim')
}

function attackTable(holders: readonly HolderReport[], paint: Paint): string[] {
  const names = [...new Set(holders.flatMap(({ attacks }) => attacks.map(({ attack }) => attack)))]
  const first = Math.max(...names.map((name) => ATTACK_TITLES[name].length), 'attack'.length)
  const columns = holders.map((holder) => {
    const title = HOLDER_TITLES[holder.holder]
    const outcomes = names.map((name) => holder.attacks.find(({ attack }) => attack === name))
    const texts = outcomes.map((outcome) => cellText(outcome, holder))
    const width = Math.max(...[title, ...texts].map((text) => text.length))
    // Padding stays outside the colours, so that it can be trimmed at the end of a line.
    const cells = outcomes.map((outcome, row) => {
      const text = texts[row] ?? ''
      return paintCell(text, outcome, paint) + ' '.repeat(width - text.length)
    })
    return { title: title.padEnd(width), cells }
  })
  const head = ['attack'.padEnd(first), ...columns.map(({ title }) => title)].join('  ').trimEnd()
  const rows = names.map((name, row) =>
    [`  ${ATTACK_TITLES[name].padEnd(first)}`, ...columns.map(({ cells }) => cells[row] ?? '')].join('  ').trimEnd(),
  )
  return [`  ${paint(head, 'bold')}`, ...rows]
}

function signing(report: HolderReport): string {
  const title = HOLDER_TITLES[report.holder].padEnd(15)
  if (report.unavailable !== null) {
    // Of memfd_secret the result at the end says it in full.
    const { code, message } = report.unavailable
    return `  ${title}  not held: ${report.holder === 'memfd_secret' ? code : message}`
  }
  const signed = report.signatureVerified
  const verified = signed?.beforeAttacks === true && signed.afterAttacks
  const warned =
    report.warning === null ? '' : `\n  ${' '.repeat(15)}  (the library gave the warning ${report.warning})`
  const word = verified
    ? 'signs, and the signature verifies, before and after the attacks'
    : 'SIGNATURE DOES NOT VERIFY'
  return `  ${title}  ${word}${warned}`
}

function reasonsForImpossible(holders: readonly HolderReport[]): string[] {
  const reasons = holders
    .flatMap(({ attacks }) => attacks)
    .filter(({ verdict }) => verdict === 'impossible')
    .map(({ attack, detail }) => `  ${ATTACK_TITLES[attack]}: ${detail}`)
  return reasons.length === 0 ? [] : ['', 'Not possible here:', ...new Set(reasons)]
}

function count(copies: Copies | null, of: keyof Copies): string {
  return copies === null ? 'unknown' : copies[of] === 0 ? 'none' : String(copies[of])
}

function copiesOutside(holders: readonly HolderReport[]): string[] {
  const copies = holders.find(({ holder }) => holder === 'memfd_secret')?.copies
  if (!copies) return []
  const { afterReading, afterSigning, afterCollection } = copies
  return [
    '',
    'Copies in ordinary memory of the memfd_secret victim, which the same attacks can read:',
    `  of the key's text, after reading the file    ${count(afterReading, 'text')}`,
    `  of the key's text, after signing             ${count(afterSigning, 'text')}`,
    `  of a prime of the parsed key, after signing  ${count(afterSigning, 'prime')}`,
    `  the same, once Node has collected garbage    ${count(afterCollection, 'prime')}`,
    '  OpenSSL parses a key into memory of its own, and wipes that when Node frees the key. SecretBuffer does not reach',
    '  it: a KeyObject that is kept, or one not collected yet, can be read there.',
  ]
}

function aboutInjectedCode(holders: readonly HolderReport[]): string[] {
  const leaks = holders.some(
    ({ holder, attacks }) =>
      holder === 'memfd_secret' && attacks.some((o) => o.attack === 'injected-code' && o.verdict === 'leaked'),
  )
  if (!leaks) return []
  return [
    '',
    'Injected code: whoever may change the victim makes it read its own memory, which is rightful to the kernel.',
  ]
}

/** The report for a person, lines ended by a newline. */
export function renderReport(report: Report, colour: boolean): string {
  const paint = painter(colour)
  const { attacker, key, holders, result } = report
  const who = attacker.root ? 'root' : `user ${attacker.uid}, the same as the victim`
  const verdict = result.status === 'shown' ? paint('Shown.', 'green') : paint(TITLES[result.status], 'red')
  return [
    `The key: ${key.description}, ${key.byteLength} bytes, read from a file of mode 0600 by each victim:`,
    ...holders.map(signing),
    '',
    `The attacker: another process, ${who}, on Linux ${report.kernel}.`,
    "It knows one line of the key's text, taken from the file to tell a hit by. Did it read that back from the victim?",
    '',
    ...attackTable(holders, paint),
    ...aboutInjectedCode(holders),
    ...reasonsForImpossible(holders),
    ...copiesOutside(holders),
    '',
    verdict,
    ...result.reasons.map((reason) => `  ${reason}`),
    '',
  ].join('\n')
}

const TITLES: Record<Judgement['status'], string> = {
  shown: 'Shown.',
  leaked: 'SECRET MEMORY LEAKED.',
  'not-shown': 'Nothing shown.',
  failed: 'The demonstration failed.',
}
