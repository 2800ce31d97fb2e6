import { execFile } from 'node:child_process'
import { NotToBeHad } from '../measuring/task'

export interface Ended {
  stdout: string
  stderr: string
}

/**
 * Runs a program to its end, for at most so many seconds. Rejects with a NotToBeHad where it is not installed, with what it
 * said where it fails.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  { seconds = 300, env = {} }: { seconds?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const options = {
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
  } as const
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr })
      else if (error.code === 'ENOENT') reject(new NotToBeHad(`${command} is not installed`))
      else reject(new Error(`${command}: ${error.signal ?? error.code}\n${stderr.slice(-2000)}`))
    })
    child.stdin?.end()
  })
}
