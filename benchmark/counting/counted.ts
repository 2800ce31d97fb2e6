import { NotToBeHad } from '../measuring/task'

/** What rounds.ts prints of the rounds that it ran. */
export interface Counted {
  rounds: number
  /** Page faults that needed no read. */
  faults: number
  about: Readonly<Record<string, string>>
}

/** Printed in place of it where the task cannot be made there. */
export interface Unavailable {
  unavailable: string
}

/** @throws NotToBeHad with the reason, where the task could not be made. */
export function readCounted(line: string): Counted {
  const said = JSON.parse(line) as Counted | Unavailable
  if ('unavailable' in said) throw new NotToBeHad(said.unavailable)
  return said
}
