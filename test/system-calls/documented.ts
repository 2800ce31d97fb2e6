import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

export type Library = 'addon' | 'preload'

const HEADINGS: Record<Library | 'node', string> = {
  addon: '## The addon',
  preload: '## The preload library',
  node: '## Node.js, for the package',
}

/** The calls that docs/system-calls.md names for a library: the first column of its table. */
export function documentedCalls(library: Library | 'node'): Set<string> {
  const page = readFileSync(join(packageRoot(), 'docs/system-calls.md'), 'utf8')
  const [, section = ''] = page.split(HEADINGS[library])
  const [table = ''] = section.split('\n## ')
  return new Set([...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name ?? ''))
}
