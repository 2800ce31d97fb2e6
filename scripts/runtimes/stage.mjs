// The package as it ships, with the conformance program, in a folder of its own: a build that goes on meanwhile does not
// change it, and no addon of this machine's architecture is found by another's runtime.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { checksumsFile, prebuilds } from '../prebuild-files.mjs'
import { run, step } from '../run-command.mjs'
import { folder } from './fetch.mjs'

const parts = [
  'package.json',
  'out/lib',
  'out/test/runtimes',
  'out/test/drop-privileges.js',
  'node_modules/node-gyp-build',
  'prebuilds',
]

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

function newestSource() {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true }).map((name) => path.join(root, 'src', name))
  return Math.max(...[path.join(root, 'binding.gyp'), ...sources].map(modified))
}

/** What ships is what is run: prebuilds/ is made anew where it is older than its sources. */
async function refreshPrebuilds() {
  const complete = ['linux-x64', 'linux-arm64'].every((name) => existsSync(path.join(prebuilds, name)))
  if (complete && modified(checksumsFile) >= newestSource()) return
  await step('Building the prebuilds (npm run prebuild)', () =>
    run(process.execPath, [path.join(root, 'scripts/prebuild.mjs')]),
  )
}

/** Makes the folder anew; answers the path of the conformance program in it. fresh: with prebuilds of these sources. */
export async function stage({ fresh }) {
  if (fresh) await refreshPrebuilds()
  const target = path.join(folder, 'package')
  rmSync(target, { recursive: true, force: true })
  for (const part of parts) {
    mkdirSync(path.dirname(path.join(target, part)), { recursive: true })
    cpSync(path.join(root, part), path.join(target, part), { recursive: true })
  }
  return path.join(target, 'out/test/runtimes/conformance.js')
}
