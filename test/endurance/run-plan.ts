import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Plan, Result } from './plan'

/** Runs a plan in a child under its limit. Rejects with what the child said where it failed. */
export function runPlan(plan: Plan, timeoutSeconds: number): Promise<Result> {
  const limit = `--memlock=${plan.limitBytes}:${plan.limitBytes}`
  const child = [process.execPath, join(__dirname, 'rounds.js'), JSON.stringify(plan)]
  const options = { timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' } as const
  return new Promise((resolve, reject) => {
    const started = execFile('prlimit', [limit, ...child], options, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Result)
      else reject(new Error(`${plan.name}: ${error.signal ?? error.code ?? 'failed'}\n${stderr.slice(-2000)}`))
    })
    started.stdin?.end()
  })
}
