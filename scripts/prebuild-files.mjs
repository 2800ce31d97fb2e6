// What lies in prebuilds/: a folder for each architecture, and the checksums of all files in them.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { root } from './native-sources.mjs'

export const prebuilds = path.join(root, 'prebuilds')
/** In the form of sha256sum: `cd prebuilds && sha256sum -c SHA256SUMS`. */
export const checksumsFile = path.join(prebuilds, 'SHA256SUMS')

/** The folders linux-ARCH that are there, sorted. */
export function prebuildFolders() {
  if (!existsSync(prebuilds)) return []
  const names = readdirSync(prebuilds).filter((name) => name.startsWith('linux-'))
  return names.toSorted().map((name) => path.join(prebuilds, name))
}

/** What SHA256SUMS must hold for the files that are there. */
export function checksums() {
  const files = prebuildFolders().flatMap((folder) =>
    readdirSync(folder)
      .toSorted()
      .map((name) => path.join(folder, name)),
  )
  const line = (file) => {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
    return `${digest}  ${path.relative(prebuilds, file)}\n`
  }
  return files.map(line).join('')
}
