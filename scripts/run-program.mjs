// Runs one program with a time limit, in a process group of its own: when the time is up, or when this process is told to
// stop, its children end with it.
import { spawn } from 'node:child_process'
import { root } from './native-sources.mjs'

const keptStderr = 64 * 1024
const drainMs = 5000

const running = new Set()

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Nobody is left in the group.
    if (error.code !== 'ESRCH') throw error
  }
}

for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.on(signal, () => {
    for (const pid of running) killGroup(pid)
    process.exit(128 + number)
  })
}

/**
 * Resolves to how the program ended (code, signal, or the message of a failed start), whether its time was up, and the end
 * of its stderr. `onStdout` is given its standard output as it comes, `onStderr` (where there is one) its standard error.
 */
export function runProgram(command, args, { timeoutMs, env, onStdout, onStderr }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    let timedOut = false
    let drain
    const limit = setTimeout(() => {
      timedOut = true
      killGroup(child.pid)
    }, timeoutMs)
    const finish = (end) => {
      clearTimeout(limit)
      clearTimeout(drain)
      running.delete(child.pid)
      resolve({ timedOut, stderr, ...end })
    }
    child.stdout.on('data', onStdout)
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-keptStderr)
      onStderr?.(text)
    })
    child.on('spawn', () => running.add(child.pid))
    child.on('error', (error) => finish({ code: null, signal: null, startError: error.message }))
    // A child left behind may hold the pipes open: it is given a moment, then ended.
    child.on('exit', () => (drain = setTimeout(() => killGroup(child.pid), drainMs)))
    child.on('close', (code, signal) => finish({ code, signal }))
  })
}
