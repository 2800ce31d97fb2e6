/** What an attacker and its victim say to each other, as JSON over the child's IPC channel. */
import type { InsideResult } from './inside'

/** Addresses, hexadecimal, the end excluded. */
export type SentRange = [start: string, end: string]

export type Request =
  | { do: 'sign'; data: string }
  | { do: 'collect' }
  /** Where the secret lies. */
  | { do: 'locate' }
  /** Begins a use() of the secret that lasts until the victim ends. */
  | { do: 'begin-use' }
  /** What the victim itself reads in its secret. */
  | { do: 'digest' }
  /** Makes system calls, for a program that runs at each. */
  | { do: 'make-system-calls'; count: number }
  /** Runs the victim's part of an attack from inside, whose loot is to go to a file. */
  | { do: 'attack'; name: string; path: string }

export type Reply =
  | { event: 'ready'; backing: string; byteLength: number; warning: string | null; sealing: string }
  | { event: 'failed'; code: string | null; message: string; hint: string | null; sealing: string }
  | { event: 'signature'; signature: string }
  | { event: 'collected' }
  /** `exact`: the ranges are of the secret's bytes, else of the mappings that it rests in. `pages`: the same in whole pages. */
  | { event: 'located'; ranges: SentRange[]; pages: SentRange[]; exact: boolean }
  | { event: 'in-use' }
  /** SHA-256, hexadecimal; null where the library says that the secret is corrupted. */
  | { event: 'digest'; sha256: string | null }
  | { event: 'made-system-calls' }
  | { event: 'attacked'; result: InsideResult }
