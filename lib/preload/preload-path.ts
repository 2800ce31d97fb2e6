import { writeSync } from 'node:fs'
import { UsageError } from '../cli/usage-error'
import { preloadLibrary } from './library-path'
import { REFUSED } from './run'

const USAGE = `Usage: memfd-secret preload-path

Prints the path of the preload library, for LD_PRELOAD in a Dockerfile or a systemd unit.
`

/** `memfd-secret preload-path`. */
export async function preloadPath(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--help' || argv[0] === '-h') {
    writeSync(1, USAGE)
    return 0
  }
  if (argv[0] !== undefined) throw new UsageError(`Expected no argument for preload-path but received '${argv[0]}'`)
  try {
    writeSync(1, `${preloadLibrary()}\n`)
    return 0
  } catch (error) {
    writeSync(2, `memfd-secret: ${error instanceof Error ? error.message : String(error)}\n`)
    return REFUSED
  }
}
