import { join } from 'node:path'
import { probe } from '../../lib/index'
import type { Copy } from '../../lib/audit'
import { packageRoot } from '../../lib/addon-file'

/** An audit needs secrets that are not in ordinary memory. */
export const skip = probe().backing === 'heap' && 'no secret memory on this machine'

/** Compiled modules, for scripts that run in a process of their own. */
export const AUDIT = join(packageRoot(), 'out/lib/audit.js')
export const LIBRARY = join(packageRoot(), 'out/lib/index.js')

export const kindsOf = (copies: readonly Copy[]): string[] => [...new Set(copies.map(({ kind }) => kind))]
export const encodingsOf = (copies: readonly Copy[]): string[] =>
  [...new Set(copies.map(({ encoding }) => encoding))].sort()
