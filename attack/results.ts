import type { Attack } from './attack'
import type { HolderName, HowToHold } from './holders'

/**
 * 'leaks': the secret was found in what the attack obtained, or the victim read other bytes after it. 'safe': neither.
 * 'impossible': the attack as a whole cannot be made here. 'unavailable': this machine does not give such memory. 'failed':
 * the suite itself broke.
 */
export type Verdict = 'leaks' | 'safe' | 'impossible' | 'unavailable' | 'failed'

export interface Cell {
  verdict: Verdict
  /** By which the kernel refused pages, or the attack. */
  errno: string | null
  detail: string
}

export interface Row extends Pick<Attack, 'name' | 'title' | 'from' | 'effect' | 'leaks'> {
  /** Where the attack must find the secret, and whether it did. */
  control: Cell & { how: HowToHold }
  cells: Record<HolderName, Cell>
}

/** What the last victim of a holder said of itself. */
export interface HolderState {
  backing: string | null
  /** How it closes a sealed secret. */
  sealing: string | null
  unavailable: { code: string | null; message: string } | null
}

export interface Surroundings {
  date: string
  kernel: string
  arch: string
  node: string
  sodiumNative: string | null
  gdb: string | null
  attacker: { uid: number; root: boolean; capabilities: string }
}

export interface Report extends Surroundings {
  holders: Record<HolderName, HolderState>
  rows: Row[]
  /** What is not as docs/threat-model.md says: nothing, if all is right. */
  problems: string[]
}
