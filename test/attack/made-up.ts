import { ATTACKS } from '../../attack/attacks/index'
import { expectedOf } from '../../attack/expectations'
import { HOLDER_NAMES, type HolderName } from '../../attack/holders'
import type { Cell, HolderState, Report, Row, Verdict } from '../../attack/results'

export function cell(verdict: Verdict, errno: string | null = null): Cell {
  return { verdict, errno, detail: `made up: ${verdict}` }
}

/** A run in which all is as expected. */
export function expectedRows(): Row[] {
  return ATTACKS.map(({ name, title, from, effect, leaks, control }) => ({
    ...{ name, title, from, effect, leaks },
    control: { how: control, ...cell('leaks') },
    cells: Object.fromEntries(HOLDER_NAMES.map((holder) => [holder, cell(expectedOf(name, holder))])) as Row['cells'],
  }))
}

export function holders(changes: Partial<Record<HolderName, HolderState>> = {}): Record<HolderName, HolderState> {
  const state: HolderState = { backing: 'as named', sealing: 'mprotect', unavailable: null }
  const all = Object.fromEntries(HOLDER_NAMES.map((holder) => [holder, state])) as Record<HolderName, HolderState>
  return { ...all, ...changes }
}

export function report(rows: Row[], problems: string[] = []): Report {
  return {
    date: '2026-01-02',
    kernel: '6.18.44-distribution',
    arch: 'x64',
    node: 'v20.1.2',
    sodiumNative: '5.1.0',
    gdb: null,
    attacker: { uid: 0, root: true, capabilities: '1ffffffffff' },
    holders: holders(),
    rows,
    problems,
  }
}
