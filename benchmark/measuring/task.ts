export type TaskArguments = Readonly<Record<string, number | string>>

/** What a candidate does again and again. */
export interface Task {
  /**
   * Rounds between two yields to the event loop. Views are given back there (docs/limits.md), so all candidates yield as
   * often, and it is counted for all.
   */
  rounds: number
  round(): void | Promise<void>
  /** round() answers a promise. */
  waits?: boolean
  /** What only this process can tell: how secrets are sealed here, what backs them. */
  about?: Readonly<Record<string, string>>
}

/** Makes a task, in the process that will run it. Packages are loaded here, so that no candidate pays for another's. */
export type MakeTask = (args: TaskArguments) => Task | Promise<Task>

export type TaskSet = Readonly<Record<string, MakeTask>>

/** This machine, kernel or version has not what is needed: the row says so in place of a figure. */
export class NotToBeHad extends Error {}

export const ROUNDS_PER_YIELD = 256

/** For long rounds: about as much work between two yields as with short ones. */
export function roundsFor(byteLength: number): number {
  return Math.max(2, Math.min(ROUNDS_PER_YIELD, Math.floor(2 ** 20 / byteLength)))
}

/** What rounds write to, so that the compiler can leave out none of them. */
export const sink = { value: 0 }

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export function numberOf(args: TaskArguments, name: string): number {
  const value = Number(args[name])
  if (Number.isNaN(value)) throw new Error(`Expected a number for ${name} but received ${args[name]}`)
  return value
}

/** All rounds up to the yield, as one function. */
export function batchOf(task: Task): () => Promise<void> {
  if (task.waits === true) {
    return async () => {
      for (let round = 0; round < task.rounds; round++) await task.round()
      await turn()
    }
  }
  return async () => {
    for (let round = 0; round < task.rounds; round++) void task.round()
    await turn()
  }
}
