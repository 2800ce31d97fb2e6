import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Backing, Support } from '../../lib/index'

const root = resolve(__dirname, '../../..')
const launcher = join(root, 'build/Release/seccomp_launcher')
const library = join(root, 'out/lib/index.js')
const cli = join(root, 'out/lib/cli/main.js')

export interface Report {
  support: Support
  /** What a secret of minBacking memfd_secret, none, and heap got: a backing, or the code of the error. */
  strict: string
  byDefault: string
  lax: string
  again: Backing
}

type Command = readonly string[]

/** The environment of a child: only what a test says, so that no developer's or CI's variable decides its outcome. */
export const plainEnvironment = { PATH: process.env['PATH'] ?? '', HOME: '/', TERM: 'xterm' }

function run(command: Command, env: NodeJS.ProcessEnv = {}) {
  const [file = '', ...args] = command
  const ended = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...plainEnvironment, ...env },
  })
  if (ended.error !== undefined) throw ended.error
  return { status: ended.status, signal: ended.signal, stdout: ended.stdout, stderr: ended.stderr }
}

/** Under a seccomp filter, loaded for real. */
export function filtered(action: 'EPERM' | 'ENOSYS' | 'TRAP' | 'KILL_PROCESS', ...calls: string[]): Command {
  return [launcher, action, calls.join(',')]
}

export function limited(memlock: number): Command {
  return ['prlimit', `--memlock=${memlock}:${memlock}`]
}

/** A user id that nothing else has: kernels that count by user then count this test alone. */
const USER = '64231'
const asUser = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups']
const withoutCapabilities = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']

/**
 * An ordinary user without capabilities. Where the checkout can be read by its owner alone (a private folder), root
 * without its capabilities; null where this process may become neither.
 */
export function ordinaryUser(): Command | null {
  if (process.getuid?.() !== 0) return []
  for (const command of [asUser, withoutCapabilities]) {
    if (run([...command, process.execPath, '-e', `require(${JSON.stringify(library)})`]).status === 0) return command
  }
  return null
}

/** Runs a fixture of test/fixtures by a chain of launchers. Throws where it does not live to its end. */
export function report<T = Report>(launchers: readonly Command[], name = 'report-support'): T {
  const fixture = join(root, `out/test/fixtures/${name}.js`)
  const { status, signal, stdout, stderr } = run([...launchers.flat(), process.execPath, fixture])
  if (status !== 0)
    throw new Error(`Expected ${name} to live but received ${signal ?? `exit status ${status}`}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** `memfd-secret doctor` by a chain of launchers. */
export function doctor(args: Command, launchers: readonly Command[] = []) {
  return run([...launchers.flat(), process.execPath, cli, 'doctor', ...args])
}

/** A fixture of test/fixtures by a chain of launchers, however it ends. */
export function fixture(name: string, args: Command, launchers: readonly Command[]) {
  return run([...launchers.flat(), process.execPath, join(root, `out/test/fixtures/${name}.js`), ...args])
}

interface Evaluation {
  launchers?: readonly Command[]
  env?: NodeJS.ProcessEnv
  flags?: readonly string[]
}

/**
 * Runs a script in a process of its own, since policies and hardening are for a process's whole life. `lib` is the
 * package, `answer` prints what is to be returned, `codeOf` the code of what a function throws, or null.
 */
export function evaluate<T>(script: string, { launchers = [], env = {}, flags = [] }: Evaluation = {}): T {
  const source = `const lib = require(${JSON.stringify(library)})
    const answer = (value) => process.stdout.write(JSON.stringify(value))
    const codeOf = (act) => { try { act(); return null } catch (error) { return error.code } }
    ${script}`
  const { status, signal, stdout, stderr } = run([...launchers.flat(), process.execPath, ...flags, '-e', source], env)
  if (status !== 0)
    throw new Error(`Expected the script to end but received ${signal ?? `exit status ${status}`}: ${stderr}`)
  return JSON.parse(stdout) as T
}

export function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}
