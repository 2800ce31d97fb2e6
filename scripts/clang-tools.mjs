// Finds clang's tools: release 19, which the formatting is written for, or of clang-tidy 22, which passes over the system's
// headers and so takes a third of the time; or the newest there is.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { StepError } from './run-command.mjs'

const preferred = (name) => (name === 'clang-tidy' ? 22 : 19)

/** The program's full path. Throws a StepError that says how to install it. */
export function findClangTool(name) {
  const numbered = new RegExp(`^${name.replaceAll('+', String.raw`\+`)}(?:-(\\d+))?$`)
  const found = new Map()
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    let entries = []
    try {
      entries = readdirSync(folder)
    } catch {
      continue // PATH may name folders that are not there.
    }
    for (const entry of entries) {
      const match = entry.match(numbered)
      const release = Number(match?.[1] ?? 0)
      if (match && !found.has(release)) found.set(release, path.join(folder, entry))
    }
  }
  if (found.size === 0) {
    throw new StepError(`Expected ${name} in PATH but received none: apt-get install ${name}-${preferred(name)}`)
  }
  return found.get(preferred(name)) ?? found.get(Math.max(...found.keys()))
}
