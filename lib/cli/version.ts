import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../native'

/** Of package.json, which stays the only place that has it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
