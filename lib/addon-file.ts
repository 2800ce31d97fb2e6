import { existsSync } from 'node:fs'
import { join } from 'node:path'

const NAME = 'memfd_secret.node'
/** By which node-gyp-build is told to take another file. */
const VARIABLES = ['MEMFD_SECRET_PREBUILD', 'PREBUILDS_ONLY', 'npm_config_arch', 'npm_config_platform']

/** The folder of package.json: above dist/, and above out/lib/ where the tests run. */
export function packageRoot(): string {
  const above = join(__dirname, '..')
  return above.endsWith('out') ? join(above, '..') : above
}

/**
 * The addon: what `npm run build` made, or else the prebuild, as node-gyp-build takes them. There is one file for every C
 * library, so there is nothing to choose where it lies in its place: node-gyp-build, which takes memory and time of each
 * start, is asked for all other places, and for an error that tells what was looked for.
 */
export function addonFile(): string {
  const root = packageRoot()
  if (!VARIABLES.some((name) => process.env[name])) {
    const places = [join(root, 'build', 'Release'), join(root, 'prebuilds', `linux-${process.arch}`)]
    const file = places.map((place) => join(place, NAME)).find((place) => existsSync(place))
    if (file !== undefined) return file
  }
  const { resolve } = require('node-gyp-build') as { resolve(root: string): string }
  return resolve(root)
}
