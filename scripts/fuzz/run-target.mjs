// Runs one target for a time, and reads from what libFuzzer says what came of it.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findClangTool } from '../clang-tools.mjs'
import { root } from '../native-sources.mjs'
import { runProgram } from '../run-program.mjs'
import { folder } from './build.mjs'

const longestInput = 2048
// Of one input: sanitized, on a machine that may be busy.
const inputSeconds = 60
// Until the corpus is read, and leaks are looked for at the end.
const graceSeconds = 120

function environment() {
  const options = { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1' }
  // Without one the stacks of a report are bare addresses.
  try {
    options.ASAN_SYMBOLIZER_PATH = findClangTool('llvm-symbolizer')
  } catch {
    delete options.ASAN_SYMBOLIZER_PATH
  }
  return options
}

const last = (text, pattern) => [...text.matchAll(pattern)].at(-1)?.[1]

/** Why a target ended before its time: its own check, a sanitizer's report, or how the program ended. */
function reasonOf(output, end) {
  const lines = output.split('\n')
  const check = lines.find((line) => /^\S+:\d+: Expected /.test(line))
  const undefinedBehaviour = lines.find((line) => line.includes(': runtime error: '))
  const report = lines.find((line) => /^(?:==\d+==)?\s*ERROR: /.test(line))
  const ended = end.timedOut
    ? 'did not end in time'
    : `ended by ${end.startError ?? end.signal ?? `exit code ${end.code}`}`
  return check ?? undefinedBehaviour ?? report?.replace(/^==\d+==\s*/, '') ?? ended
}

/** {target, seconds, runs, coverage, features, corpus, newUnits, failures: [{reason, input, log}]} */
export async function runTarget(target, program, { seconds, seed, onProgress }) {
  const crashes = path.join(folder, 'crashes', target)
  const grown = path.join(folder, 'corpus', target)
  const seeds = path.join(root, 'fuzz/corpus', target)
  for (const each of [crashes, grown]) mkdirSync(each, { recursive: true })
  const before = readdirSync(crashes)
  const args = [
    `-max_total_time=${seconds}`,
    `-seed=${seed}`,
    `-max_len=${longestInput}`,
    `-timeout=${inputSeconds}`,
    `-artifact_prefix=${crashes}${path.sep}`,
    '-print_final_stats=1',
    grown,
    ...(existsSync(seeds) ? [seeds] : []),
  ]
  const started = performance.now()
  const end = await runProgram(program, args, {
    timeoutMs: (seconds + graceSeconds) * 1000,
    env: environment(),
    onStdout: () => {},
    onStderr: onProgress,
  })
  const output = end.stderr
  const failures = []
  if (end.code !== 0) {
    const made = readdirSync(crashes).find((file) => !before.includes(file))
    const input = output.match(/Test unit written to (\S+)/)?.[1] ?? (made && path.join(crashes, made))
    const log = path.join(crashes, `${input === undefined ? `seed-${seed}` : path.basename(input)}.txt`)
    writeFileSync(log, output)
    failures.push({ reason: reasonOf(output, end), input: input ?? null, log })
  }
  return {
    target,
    seconds: (performance.now() - started) / 1000,
    runs: Number(last(output, /stat::number_of_executed_units:\s*(\d+)/g) ?? 0),
    coverage: Number(last(output, /\bcov: (\d+)/g) ?? 0),
    features: Number(last(output, /\bft: (\d+)/g) ?? 0),
    corpus: Number(last(output, /\bcorp: (\d+)/g) ?? 0),
    newUnits: Number(last(output, /stat::new_units_added:\s*(\d+)/g) ?? 0),
    failures,
  }
}
