import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { probe } from '../../lib/probe'

export const library = join(packageRoot(), 'build', 'Release', 'memfd_secret_preload.so')

/** This process's environment without anything of the preload's, and then what a test wants of it. */
export function environment(preload: boolean, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const plain = Object.entries(process.env).filter(([name]) => !/^(?:LD_PRELOAD|MEMFD_SECRET_\w+)$/.test(name))
  return { ...Object.fromEntries(plain), ...(preload ? { LD_PRELOAD: library } : {}), ...more }
}

/** Why a test cannot show by a scan that secret memory is not readable; false where it can. */
export function whyNoScan(): string | false {
  if (process.getuid?.() !== 0) return 'only root may read the memory of another process'
  if (spawnSync('openssl', ['version']).error !== undefined) return 'needs openssl(1) for a certificate'
  return probe().memfdSecret.available ? false : 'memfd_secret is not available, and locked memory is readable to root'
}

/** Copies of files in a folder that every user may read; t.testdir lies in the project, which may be closed to others. */
export function copyForAnyUser(files: readonly string[]): { folder: string; files: string[]; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
  chmodSync(folder, 0o755)
  const copies = files.map((file) => {
    const copy = join(folder, basename(file))
    copyFileSync(file, copy)
    chmodSync(copy, 0o755)
    return copy
  })
  return { folder, files: copies, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
