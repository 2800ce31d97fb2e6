import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addonFile } from '../addon-file'

const LIBRARY = 'memfd_secret_preload.so'

/**
 * The file for LD_PRELOAD: beside the addon that this machine loads. Null where there is none, or where its path has what
 * LD_PRELOAD takes for a separator.
 */
export function findPreloadLibrary(): string | null {
  if (process.platform !== 'linux') return null
  try {
    const file = join(dirname(addonFile()), LIBRARY)
    return existsSync(file) && !/[:\s]/.test(file) ? file : null
  } catch {
    return null
  }
}

/** As {@link findPreloadLibrary}, or an Error that says what to do. */
export function preloadLibrary(): string {
  const file = findPreloadLibrary()
  if (file !== null) return file
  throw new Error(
    process.platform === 'linux'
      ? `Expected ${LIBRARY} beside the addon, at a path without spaces and colons, but found none: reinstall the package`
      : `Expected Linux for ${LIBRARY} but received ${process.platform}`,
  )
}
