import type { Outcome, Report } from './children/steps'
import { answerOf, child, run, type RunOptions } from './run-child'

export type Step = readonly [string, ...unknown[]]

interface StepsOptions extends RunOptions {
  /** A program and its arguments that start Node.js. */
  launcher?: readonly string[]
  nodeOptions?: readonly string[]
}

/** Runs steps of the API in a process of their own, which must end well. */
export async function runSteps(
  steps: readonly Step[],
  options: StepsOptions = {},
): Promise<Report & { stderr: string }> {
  const { launcher = [], nodeOptions = [] } = options
  const command = [...launcher, process.execPath, ...nodeOptions, child('steps'), JSON.stringify(steps)]
  const ended = await run(command, options)
  if (ended.status !== 0) {
    throw new Error(`Expected status 0 but received ${ended.status}, ${ended.signal}: ${ended.stdout}${ended.stderr}`)
  }
  return { ...answerOf<Report>(ended), stderr: ended.stderr }
}

/** What a step answered. */
export function valueOf<T>(outcome: Outcome | undefined): T {
  if (outcome?.value === undefined) throw new Error(`Expected an answer but received ${JSON.stringify(outcome)}`)
  return outcome.value as T
}

export type { Outcome, Report }
