import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

export interface Failure {
  reason: string
  input: string | null
  log: string
}

export interface Result {
  target: string
  runs: number
  coverage: number
  newUnits: number
  failures: readonly Failure[]
}

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs the command behind npm run fuzz. Never rejects. */
export function runFuzz(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const options = { cwd: packageRoot(), env: { ...process.env, ...env }, timeout: 800_000 } as const
  return new Promise((resolve) => {
    execFile(process.execPath, [join('scripts', 'fuzz.mjs'), ...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr })
    })
  })
}

/** Of what --json wrote. */
export function resultsOf(json: string): readonly Result[] {
  return (JSON.parse(json) as { results: readonly Result[] }).results
}
