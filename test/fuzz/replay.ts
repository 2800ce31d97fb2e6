import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

/** Runs fuzz_replay, which the build makes. */
export function replay(args: readonly string[]) {
  const program = join(packageRoot(), 'build/Release/fuzz_replay')
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 240_000 })
  if (error !== undefined) throw error
  return { status, signal, stdout, stderr }
}
