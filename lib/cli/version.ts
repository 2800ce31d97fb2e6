import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../addon-file'

// At load: doctor tells what it finds where no descriptor is left, too.
const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }

/** Of package.json, which stays the only place that has it. */
export function packageVersion(): string {
  return version
}
