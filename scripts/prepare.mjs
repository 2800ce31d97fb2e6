// What npm start and npm test do first, so that each works alone in a fresh clone: install from the lock file, build.
import { statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { root } from './native-sources.mjs'
import { main, run, step } from './run-command.mjs'
import { checkCompiler, checkNode } from './toolchain.mjs'

const modified = (file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

async function install() {
  const npm = process.env.npm_execpath
  // Development packages even where NODE_ENV=production: the build needs them.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']
  if (npm && path.basename(npm) === 'npm-cli.js') await run(process.execPath, [npm, ...args])
  else await run('npm', args)
}

export async function prepare() {
  checkNode()
  if (process.platform === 'linux') await checkCompiler()
  // npm writes this file last, so an install that was interrupted is done again.
  if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
    await step('Installing what package-lock.json names (npm ci --ignore-scripts)', install)
  }
  await build()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(prepare)
