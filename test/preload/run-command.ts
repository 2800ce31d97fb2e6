import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { environment } from './preload-library'

export const command = join(packageRoot(), 'out', 'lib', 'cli', 'main.js')
export const print = join(packageRoot(), 'out', 'test', 'preload', 'fixtures', 'print-status.js')

export interface Ran {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** The command line, in a folder. */
export function runIn(folder: string, args: readonly string[], env: Record<string, string> = {}): Ran {
  const options = { env: environment(false, env), encoding: 'utf8', timeout: 240_000, cwd: folder } as const
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [command, ...args], options)
  return { status, signal, stdout, stderr }
}
