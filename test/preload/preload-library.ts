import { join } from 'node:path'
import { packageRoot } from '../../lib/native'

export const library = join(packageRoot(), 'build', 'Release', 'memfd_secret_preload.so')

/** This process's environment without anything of the preload's, and then what a test wants of it. */
export function environment(preload: boolean, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const plain = Object.entries(process.env).filter(([name]) => !/^(?:LD_PRELOAD|MEMFD_SECRET_\w+)$/.test(name))
  return { ...Object.fromEntries(plain), ...(preload ? { LD_PRELOAD: library } : {}), ...more }
}
