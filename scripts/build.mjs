// npm run build: the addon and the native programs (node-gyp), the package (lib -> dist, types), and the tests, demos and
// examples (-> out). node-gyp's make and tsc leave alone what is current.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './native-sources.mjs'
import { StepError, main, run, step } from './run-command.mjs'
import { checkCompiler, checkNode, nodeDir } from './toolchain.mjs'

const inModules = (file) => path.join(root, 'node_modules', file)
const tsc = (project, ...args) => run(process.execPath, [inModules('typescript/bin/tsc'), '-p', project, ...args])

async function buildAddon() {
  const headers = nodeDir()
  const options = headers ? [`--nodedir=${headers}`] : []
  const jobs = `--jobs=${availableParallelism()}`
  // Always configured anew: a source file added or taken away changes binding.gyp's lists, but not binding.gyp.
  await run(process.execPath, [
    inModules('node-gyp/bin/node-gyp.js'),
    'configure',
    'build',
    jobs,
    '--loglevel=error',
    ...options,
  ])
}

/** Removes outputs of a source that is gone, so that neither the package nor a test finds them. */
function prune(outputs, sources, extension) {
  const folder = path.join(root, outputs)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder, { recursive: true })) {
    const source = path.join(root, sources, name.slice(0, -extension.length) + '.ts')
    if (name.endsWith(extension) && !existsSync(source)) rmSync(path.join(folder, name))
  }
}

async function buildPackage() {
  prune('types', 'lib', '.d.ts')
  await tsc('tsconfig.json', '--emitDeclarationOnly')
  // Loaded late: before `npm ci` there is no Rollup.
  const { bundle } = await import('./bundle.mjs')
  await bundle()
}

async function buildTests() {
  prune('out', '.', '.js')
  await tsc('tsconfig.dev.json')
}

export async function build() {
  checkNode()
  if (!existsSync(inModules('node-gyp'))) {
    throw new StepError('Expected the packages of package-lock.json: run "npm ci --ignore-scripts" first')
  }
  if (process.platform === 'linux') {
    await checkCompiler()
    await step('Building the addon (node-gyp)', buildAddon)
  } else {
    console.error(`memfd_secret(2) is a Linux system call: no addon on ${process.platform}, the "heap" backing serves`)
  }
  await step('Building the package (tsc and Rollup, lib -> types and dist)', buildPackage)
  await step('Building tests and demos (tsc -> out)', buildTests)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(build)
