// One test program: runs it, reads its TAP, and says in one record what came of it.
import { createRequire } from 'node:module'
import { readTap } from './read-tap.mjs'
import { runProgram } from './run-program.mjs'

const timeoutMs = 900_000
const shownLines = 40

/** The environment without what would make a test's result depend on who started it. */
function testEnvironment() {
  const dropped = /^(?:CI|CONTINUOUS_INTEGRATION|FORCE_COLOR|NO_COLOR|TAP.*|_TAP.*|MEMFD_SECRET_.*|NODE_V8_COVERAGE)$/
  const kept = Object.entries(process.env).filter(([name]) => !dropped.test(name))
  // tap ends a file by itself after 30 seconds, unless told; a little less than ours lets it name the test that hangs.
  return { ...Object.fromEntries(kept), TAP_TIMEOUT: String(timeoutMs / 1000 - 20) }
}

function howItEnded({ code, signal, timedOut, startError }) {
  if (startError) return `could not start: ${startError}`
  if (timedOut) return `still running after ${timeoutMs / 1000} s: killed`
  if (signal) return `ended by ${signal}`
  return code === 0 ? undefined : `exit code ${code}`
}

const lastLines = (text) => text.trimEnd().split('\n').slice(-shownLines).join('\n')

/** {name, passed, failed, skipped: string[], seconds, failures: string[]}; `failed` is never 0 where something went wrong. */
export async function testProgram({ name, command, args }) {
  // Only here: tap-parser is there once the packages are installed.
  const { Parser } = createRequire(import.meta.url)('tap-parser')
  const tap = readTap(Parser)
  const started = performance.now()
  const end = await runProgram(command, args, {
    timeoutMs,
    env: testEnvironment(),
    onStdout: (chunk) => tap.write(chunk),
  })
  const report = await tap.end()
  const seconds = (performance.now() - started) / 1000
  const ended = howItEnded(end)
  const { passed, skipped, failures } = report
  // That a program with failed tests exits with 1 is no news.
  if (ended && (end.code !== 1 || report.failed === 0)) failures.push(ended)
  const broken = ended !== undefined || !report.ok
  if (broken && end.stderr.trim()) failures.push(`stderr:\n${lastLines(end.stderr)}`)
  if (broken && report.other.length > 0) failures.push(`other output:\n${lastLines(report.other.join(''))}`)
  return { name, passed, failed: broken ? Math.max(report.failed, 1) : 0, skipped, seconds, failures }
}
