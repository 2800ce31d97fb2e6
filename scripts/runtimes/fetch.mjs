// Fetches runtimes with npm, which checks what it gets against the registry's checksums. Kept in build/runtimes.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { run } from '../run-command.mjs'

/** Below the checkout, and not in a home folder: tests that drop their privileges start the runtime again. */
export const folder = path.join(root, 'build/runtimes')

async function fetch(packed, target) {
  mkdirSync(folder, { recursive: true })
  const scratch = mkdtempSync(path.join(folder, 'fetch-'))
  try {
    await run('npm', ['pack', '--silent', packed, '--pack-destination', scratch])
    const [archive] = readdirSync(scratch)
    await run('tar', ['-xzf', path.join(scratch, archive), '-C', scratch])
    renameSync(path.join(scratch, 'package'), target)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** Once each, though two runtimes of one program ask at the same time. */
const fetching = new Map()

/** The path of the runtime's program, fetched where it is not there. */
export async function fetchRuntime({ package: name, version, binary }) {
  const target = path.join(folder, `${name.replace('/', '_')}-${version}`)
  if (!fetching.has(target)) {
    fetching.set(target, existsSync(target) ? Promise.resolve() : fetch(`${name}@${version}`, target))
  }
  await fetching.get(target)
  return path.join(target, binary)
}
