// Runs the tools of a build step: quiet when they succeed, with all they said when they fail.
import { spawn } from 'node:child_process'
import { root } from './native-sources.mjs'

/** A step that failed for a reason that has been told: callers print the message alone, without a stack. */
export class StepError extends Error {}

/** Exit code (or signal), stdout and both streams in order. Rejects with a StepError when the program cannot start. */
export function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let stdout = ''
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => reject(new StepError(`Expected to run ${command} but received ${error.code}`)))
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout, output }))
  })
}

/** Runs a program of node_modules or any other and rejects with its whole output unless it exits with 0. */
export async function run(command, args, options) {
  const { code, stdout, output } = await capture(command, args, options)
  if (code !== 0) throw new StepError(`${output.trimEnd()}\n${command} ${args.join(' ')}: exit ${code}`)
  return stdout
}

/** One line for one step, with the seconds it took. On stderr, so that a program's own stdout stays its own. */
export async function step(name, action) {
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
  process.stderr.write(`${name} ... `)
  try {
    const result = await action()
    process.stderr.write(`${seconds()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`failed after ${seconds()}\n`)
    throw error
  }
}

/** Runs a script's main function; a StepError becomes its message and exit code 1. */
export async function main(action) {
  try {
    process.exitCode = (await action()) ?? process.exitCode
  } catch (error) {
    console.error(error instanceof StepError ? error.message : error)
    process.exitCode = 1
  }
}

/** Calls `action` for every item, at most `jobs` at a time, and gives the results in the order of the items. */
export async function pool(items, jobs, action) {
  const results = []
  const queue = items.entries()
  const worker = async () => {
    // The workers share one iterator, so each item is taken once.
    for (const [index, item] of queue) results[index] = await action(item)
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return results
}
