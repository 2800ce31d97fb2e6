import { execFile } from 'node:child_process'
import { join } from 'node:path'

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

interface FixtureOptions {
  nodeArgs?: readonly string[]
  args?: readonly string[]
  env?: NodeJS.ProcessEnv
}

/** Runs test/fixtures/NAME.ts, as compiled, in a process of its own. Never rejects: how it ended is for the test. */
export function runFixture(name: string, { nodeArgs = [], args = [], env = {} }: FixtureOptions = {}): Promise<Ended> {
  const options = { env: { ...process.env, ...env }, timeout: 240_000, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    const command = [...nodeArgs, join(__dirname, 'fixtures', `${name}.js`), ...args]
    const child = execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, signal: error?.signal ?? null, stdout, stderr })
    })
    child.stdin?.end()
  })
}
