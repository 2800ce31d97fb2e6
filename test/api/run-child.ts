import { spawn } from 'node:child_process'
import { closeSync, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SecretBuffer } from '../../lib/secret-buffer'
import { memfdSecret } from '../../lib/raw'
import type { Backing } from '../../lib/backing'
import { packageRoot } from '../../lib/addon-file'

export const LINUX = process.platform === 'linux'
export const ROOT = process.getuid?.() === 0
export const ATTACKER = join(packageRoot(), 'build', 'Release', 'attacker')
export const PACKAGE = packageRoot()

/** A compiled program of test/api/children. */
export const child = (name: string): string => join(__dirname, 'children', `${name}.js`)

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  /** Written to stdin, which is then closed. */
  input?: string | Uint8Array
  cwd?: string
}

/** Runs a program to its end; kills it after 4 minutes. */
export function run(command: readonly string[], { env, input, cwd }: RunOptions = {}): Promise<Ended> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const running = spawn(program, args, {
      env: { ...process.env, ...env },
      cwd,
      timeout: 240_000,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    running.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    running.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    // A child that ends without reading its stdin is no error of this side.
    running.stdin.on('error', () => undefined)
    running.stdin.end(input)
    running.on('error', reject)
    running.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}

export const runNode = (args: readonly string[], options?: RunOptions): Promise<Ended> =>
  run([process.execPath, ...args], options)

/** The last line of a child's stdout, which it wrote as JSON. */
export function answerOf<T>(ended: Ended): T {
  const line = ended.stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as T
  } catch {
    throw new Error(
      `Expected JSON but received status ${ended.status}, ${ended.signal}: ${ended.stdout}${ended.stderr}`,
    )
  }
}

/** Whether a program can be run from PATH. */
export function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

function hasMemfdSecret(): boolean {
  try {
    closeSync(memfdSecret())
    return true
  } catch {
    return false
  }
}

/** Told without the package's own choice. */
export const MEMFD_SECRET = hasMemfdSecret()

/** The backing of this process. Contract tests run under each: see parity.test.ts. */
export function backingHere(): Backing {
  const secret = SecretBuffer.alloc(1)
  const { backing } = secret
  secret.dispose()
  return backing
}
