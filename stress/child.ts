import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  timedOut: boolean
}

export interface ChildOptions {
  /** Then its whole process group is killed. */
  seconds: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** For each line of its stderr. */
  onLine?: (line: string) => void
}

const KEPT = 256 * 1024
const groups = new Set<number>()

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const group of groups) kill(group)
    process.exit(1)
  })
}

/** Runs a program to its end, in a process group of its own. Never rejects but where it cannot be started. */
export function runChild([command = '', ...args]: readonly string[], options: ChildOptions): Promise<Ended> {
  const { seconds, env = {}, cwd, onLine } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    let timedOut = false
    let [stdout, stderr] = ['', '']
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) kill(pid)
    }, seconds * 1000)
    if (pid !== undefined) groups.add(pid)
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-KEPT)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-KEPT)))
    if (onLine !== undefined) createInterface({ input: child.stderr }).on('line', onLine)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new Error(`Expected to run ${command} but received ${error.message}`))
    })
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      if (pid !== undefined) {
        groups.delete(pid)
        kill(pid)
      }
      resolve({ status, signal, stdout, stderr, timedOut })
    })
  })
}

/** How it ended, in words. */
export function endOf({ status, signal, stderr, timedOut }: Ended): string {
  const how = timedOut ? 'was still running' : (signal ?? `exit status ${status}`)
  const said = stderr.trimEnd().split('\n').slice(-30).join('\n')
  return said === '' ? how : `${how}\n${said}`
}

export function parseLast<T>(stdout: string): T | null {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(last) as T
  } catch {
    return null
  }
}
