import { readFileSync, writeFileSync } from 'node:fs'
import { hardLimit } from './hard-limit'

const PATTERN = '/proc/sys/kernel/core_pattern'

/** Puts a file into the working directory of the process that dies. */
const IN_WORKING_DIRECTORY = 'core'

function change(pattern: string): (() => void) | null {
  try {
    writeFileSync(PATTERN, IN_WORKING_DIRECTORY)
  } catch {
    return null
  }
  const restore = (): void => writeFileSync(PATTERN, pattern)
  const onSignal = (): void => {
    restore()
    process.exit(1)
  }
  process.once('exit', restore)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal)
  return () => {
    restore()
    process.off('exit', restore)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
  }
}

/**
 * Sees to it that the kernel leaves core files in the working directory of what dies, while `run` runs. The setting is the
 * whole machine's: only changed where it is another one, and set back however `run` ends. `run` gets whether it could be.
 */
export async function withCoreFiles<T>(run: (possible: boolean) => Promise<T>): Promise<T> {
  if (hardLimit('Max core file size') === 0) return run(false)
  const pattern = readFileSync(PATTERN, 'utf8').trimEnd()
  if (/^[^|@/%]+(?:%[^/]*)?$/.test(pattern)) return run(true)
  const restore = change(pattern)
  try {
    return await run(restore !== null)
  } finally {
    restore?.()
  }
}
