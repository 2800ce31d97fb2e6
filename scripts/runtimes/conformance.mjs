// Runs the conformance program in one runtime, once as it is and once under a small limit of locked memory, and reads what
// it says.
import { runProgram } from '../run-program.mjs'
import { runInMachine } from './arm64.mjs'
import { fetchRuntime } from './fetch.mjs'
import { launch } from './launch.mjs'

const mark = 'memfd-secret-conformance:'
const timeoutMs = 5 * 60_000
const limited = ['prlimit', '--memlock=65536:65536']

/** Nothing of the caller's environment changes what a runtime does. */
function environment(added) {
  const kept = Object.entries(process.env).filter(([name]) => /^(?:PATH|HOME|TMPDIR|LANG|LC_.*)$/.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...added }
}

/** The results in an output: one for each run of the program. */
function readResults(output) {
  const lines = output.split(/\r?\n/).filter((line) => line.startsWith(mark))
  return lines.map((line) => JSON.parse(line.slice(mark.length)))
}

async function runOnce(command, env) {
  let output = ''
  const [file, ...args] = command
  const end = await runProgram(file, args, {
    timeoutMs,
    env: environment(env),
    onStdout: (chunk) => (output += chunk),
  })
  const ended = end.startError ?? (end.timedOut ? `killed after ${timeoutMs / 1000} s` : (end.signal ?? end.code))
  const results = readResults(output)
  // A crash after the last check is one too.
  if (ended === 0 && results.length === 1) return results[0]
  throw new Error(`Expected a result and exit code 0 but received ${ended}: ${(output + end.stderr).slice(-2000)}`)
}

async function runDirectly(runtime, program, binary) {
  const { command, env } = await launch(runtime, binary)
  const plain = await runOnce([...command, program], env)
  return [plain, await runOnce([...limited, ...command, program, 'limit'], env)]
}

async function runVirtually(program, binary) {
  const { output, ended } = await runInMachine(program, binary)
  const results = readResults(output)
  if (results.length === 2) return results
  throw new Error(`Expected two results of the machine but received ${ended} after: ${output.slice(-2000)}`)
}

/** {checks, facts, backing, …} of a runtime, or {error}: why there is no answer. */
export async function runConformance(runtime, program) {
  const started = performance.now()
  try {
    const binary = await fetchRuntime(runtime)
    const isMachine = runtime.launch === 'machine'
    const [plain, small] = await (isMachine ? runVirtually(program, binary) : runDirectly(runtime, program, binary))
    const { outcomes, ...rest } = plain
    return { ...rest, checks: [...outcomes, ...small.outcomes], seconds: secondsSince(started) }
  } catch (error) {
    return { error: error.message, checks: [], facts: {}, seconds: secondsSince(started) }
  }
}

const secondsSince = (started) => Math.round((performance.now() - started) / 100) / 10
