import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { copyForAnyUser, environment } from './preload-library'

export interface Played {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Plays {
  /** The library that the plays run with. */
  library: string
  /** One play of fake_openssl.cc; prefix: the command that starts it. */
  play(name: string, env?: Record<string, string>, prefix?: readonly string[]): Played
  remove(): void
}

/** fake_openssl and the library where every user may read them: the project's folder may be closed to some. */
export function openPlays(): Plays {
  const build = join(packageRoot(), 'build', 'Release')
  const copies = copyForAnyUser(['fake_openssl', 'memfd_secret_preload.so'].map((name) => join(build, name)))
  const [program = '', library = ''] = copies.files
  return {
    library,
    play(name, env = {}, prefix = []) {
      const [command = '', ...args] = [...prefix, program, name]
      const { status, signal, stdout, stderr } = spawnSync(command, args, {
        env: environment(false, { LD_PRELOAD: library, ...env }),
        encoding: 'utf8',
        timeout: 240_000,
      })
      return { status, signal, stdout, stderr }
    },
    remove: () => copies.remove(),
  }
}
