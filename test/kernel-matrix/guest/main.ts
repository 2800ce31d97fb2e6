// Runs in the guest, as root, by /init: what is found there, and the tests, both as root and as an ordinary user. Prints
// one line for whoever booted it.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Support } from '../../../lib/index'
import { chooseTests, NATIVE } from './choose-tests'

export const RESULT_MARK = 'memfd-secret-guest:'

export interface TestRun {
  name: string
  user: 'root' | 'user'
  passed: boolean
  seconds: number
  /** The last of what it printed, where it failed. */
  output: string
}

export interface GuestResult {
  support: Record<'root' | 'user', Support>
  /** Whether the kernel uses the processor's protection keys. */
  protectionKeys: boolean
  tests: TestRun[]
}

const out = join(__dirname, '../../..')
const native = join(out, '../build/Release/native_test')
const LAUNCHERS = { root: [], user: ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'] } as const

function run(user: 'root' | 'user', command: readonly string[]) {
  const [file = '', ...args] = [...LAUNCHERS[user], ...command]
  return spawnSync(file, args, { encoding: 'utf8', timeout: 600_000, cwd: '/tmp' })
}

function probeAs(user: 'root' | 'user'): Support {
  const script = `process.stdout.write(JSON.stringify(require(${JSON.stringify(join(out, 'lib/index.js'))}).probe()))`
  const { status, signal, stdout, stderr } = run(user, [process.execPath, '-e', script])
  if (status !== 0) throw new Error(`Expected probe() to answer but received ${signal ?? status}: ${stderr}`)
  return JSON.parse(stdout) as Support
}

/** Each failure with the lines that explain it, and how the output ends. */
function failuresIn(output: string): string {
  const lines = output.trimEnd().split('\n')
  const failed = lines.flatMap((line, index) => (/^\s*not ok/.test(line) ? lines.slice(index, index + 8) : []))
  return [...failed.slice(0, 80), ...lines.slice(-8)].join('\n')
}

function test(name: string, user: 'root' | 'user', command: readonly string[]): TestRun {
  const started = performance.now()
  const { status, stdout, stderr } = run(user, command)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const passed = status === 0
  console.log(`${passed ? 'ok' : 'FAILED'} ${name} as ${user} (${seconds} s)`)
  return { name, user, passed, seconds, output: passed ? '' : failuresIn(stdout + stderr) }
}

function commandOf(name: string): string[] {
  if (name === NATIVE) return [native]
  if (name.startsWith(`${NATIVE}:`)) return [native, name.slice(NATIVE.length + 1)]
  return [process.execPath, join(out, name)]
}

if (require.main === module) {
  const compiled = readdirSync(join(out, 'test'), { recursive: true, encoding: 'utf8' })
  const protectionKeys = /^flags\b.*\bospke\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  const names = chooseTests(
    process.argv.slice(2),
    compiled.map((name) => `test/${name}`),
    protectionKeys,
  )
  const result: GuestResult = {
    support: { root: probeAs('root'), user: probeAs('user') },
    protectionKeys,
    tests: [],
  }
  for (const user of ['root', 'user'] as const) {
    for (const name of names) result.tests.push(test(name, user, commandOf(name)))
  }
  console.log(RESULT_MARK + JSON.stringify(result))
}
