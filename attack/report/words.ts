import { HOLDER_NAMES, HOLDER_TITLES, titleOf } from '../holders'
import type { Cell, Report, Row, Verdict } from '../results'

/** Of a cell in one word. */
export function wordOf(verdict: Verdict, { effect }: Pick<Row, 'effect'>): string {
  const words: Record<Verdict, string> = {
    leaks: effect === 'write' ? 'OVERWRITTEN' : 'LEAKS',
    safe: 'safe',
    impossible: 'not possible',
    unavailable: 'not to be had',
    failed: 'FAILED',
  }
  return words[verdict]
}

/** With the errno by which the kernel refused pages, where there is one. */
export function textOf(cell: Cell, row: Row): string {
  const word = wordOf(cell.verdict, row)
  return cell.verdict === 'safe' && cell.errno !== null ? `${word}, ${cell.errno}` : word
}

/** Who attacked, and with what. */
export function describeAttacker({ attacker: { root, capabilities } }: Report): string {
  if (root) return 'root'
  return capabilities === '0'
    ? 'the same user as the victim, without capabilities'
    : `the same user as the victim, with the capabilities 0x${capabilities}`
}

/** Without what a distribution or a provider adds to the number. */
export const kernelVersion = ({ kernel }: Pick<Report, 'kernel'>): string => /^[\d.]+/.exec(kernel)?.[0] ?? kernel

export function describeMachine(report: Report): string {
  const { arch, node, sodiumNative, gdb } = report
  const others = [sodiumNative === null ? null : `sodium-native ${sodiumNative}`, gdb === null ? null : `gdb ${gdb}`]
  return [
    `Linux ${kernelVersion(report)} (${arch})`,
    `Node.js ${node.slice(1)}`,
    ...others.filter((text) => text !== null),
  ].join(', ')
}

function withErrno(reason: string, errno: string | null): string {
  return errno === null ? reason : `${reason}: ${errno}`
}

/** Of each attack that could not be made, why; of each holder that is not to be had, why. */
export function reasonsOf({ rows, holders }: Report): string[] {
  const impossible = rows
    .filter(({ control }) => control.verdict === 'impossible')
    .map(({ title, control }) => `${title}: not possible here, ${withErrno(control.detail, control.errno)}`)
  const unavailable = HOLDER_NAMES.flatMap((name) => {
    const reason = holders[name].unavailable
    return reason === null ? [] : [`${HOLDER_TITLES[name]}: not to be had, ${reason.message}`]
  })
  return [...impossible, ...unavailable]
}

/** Of each attack that finds nothing in an ordinary Buffer either, where it was seen to find the secret. */
export function otherControlsOf({ rows }: Report): string[] {
  return rows
    .filter(({ control }) => control.how !== 'malloc' && control.verdict === 'leaks')
    .map(({ title, control }) => `${title}: finds the secret in ${titleOf(control.how)}`)
}

/** How sealed secrets are closed here; null where they are not to be had. */
export function sealingOf({ holders: { sealed } }: Report): string | null {
  if (sealed.unavailable !== null) return null
  return sealed.sealing === 'pkey' ? 'a protection key' : 'mprotect'
}
