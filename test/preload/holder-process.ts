import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Patterns, scanProcess } from './memory-scan'
import { environment } from './preload-library'

export type Step = 'load' | 'use' | 'derive'

/** How another Node.js is started, in place of this one. */
export interface Launcher {
  execPath: string
  execArgv: string[]
  env: Record<string, string>
}

export interface Holder {
  /** Of the keys. */
  folder: string
  preload: boolean
  env?: Record<string, string>
  launcher?: Launcher
}

/** What root finds in fixtures/holder.ts, after each of the steps. */
export async function findInHolder(holder: Holder, patterns: Patterns, steps: readonly Step[]): Promise<string[][]> {
  const { folder, preload, env = {}, launcher } = holder
  const child = fork(join(__dirname, 'fixtures', 'holder.js'), [folder], {
    env: environment(preload, { ...launcher?.env, ...env }),
    execPath: launcher?.execPath ?? process.execPath,
    execArgv: launcher?.execArgv ?? [],
    timeout: 240_000,
  })
  const ended = once(child, 'exit')
  const found: string[][] = []
  try {
    for (const step of steps) {
      child.send(step)
      const [answer] = await Promise.race([once(child, 'message'), ended])
      if (answer !== step) throw new Error(`Expected the child to answer ${step} but received ${String(answer)}`)
      found.push(scanProcess(child.pid ?? 0, patterns))
    }
    return found
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
