// The test suite in another Node.js: scripts/test.mjs runs each test in the Node.js that it itself runs in.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { runProgram } from '../run-program.mjs'
import { fetchRuntime, folder } from './fetch.mjs'

const timeoutMs = 30 * 60_000

/** {passed, failed, skipped, failures: names of the failed tests, log}. */
export async function runSuite(runtime, names) {
  const binary = await fetchRuntime(runtime)
  // Tests that start `node` by its name get this one.
  const env = { ...process.env, NO_COLOR: '1', PATH: `${path.dirname(binary)}:${process.env.PATH}` }
  let output = ''
  const end = await runProgram(binary, [path.join(root, 'scripts/test.mjs'), '--no-build', ...names], {
    timeoutMs,
    env,
    onStdout: (chunk) => (output += chunk),
  })
  const log = path.join(folder, `${runtime.id}-suite.log`)
  writeFileSync(log, output + end.stderr)
  const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(output.trimEnd().split('\n').at(-1))
  if (!counts) return { passed: 0, failed: 1, skipped: 0, failures: [`no counts: ${end.signal ?? end.code}`], log }
  const [passed, failed, skipped] = counts.slice(1).map((count) => Number(count ?? 0))
  const failures = [...output.matchAll(/^FAIL (\S+)/gm)].map(([, name]) => name)
  return { passed, failed, skipped, failures, log }
}
