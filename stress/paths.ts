import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../lib/addon-file'

export const ROOT = packageRoot()
/** What was compiled of this folder. */
export const compiled = (name: string): string => join(ROOT, 'out/stress', `${name}.js`)
export const built = (name: string): string => join(ROOT, 'build/Release', name)

/** A module of scripts/, which are ECMAScript modules and need no build. */
export const importScript = (name: string): Promise<unknown> =>
  import(pathToFileURL(join(ROOT, 'scripts', name)).href) as Promise<unknown>
