// The package's JavaScript, lib -> dist. What `memfd-secret` itself needs is one file, core.js, since to find, read and
// compile a file costs a process that starts more than what is in it (docs/performance.md); the other entries are files of
// their own, which import from it. So a process has each module once, whichever entries it loads.
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { rollup } from 'rollup'
import ts from 'typescript'
import { root } from './native-sources.mjs'
import { StepError } from './run-command.mjs'

const sources = path.join(root, 'lib')
const outputs = path.join(root, 'dist')
const command = 'cli/main'

/** `exports` of package.json, and the command. */
function entries() {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const modules = Object.values(exports).flatMap((entry) => (entry.default ? [path.parse(entry.default).name] : []))
  return Object.fromEntries([...modules, command].map((name) => [name, path.join(sources, `${name}.ts`)]))
}

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
)
// Comments are for who reads lib/, and types/ has the docstrings: here they would be read by each process that starts.
const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, declaration: false, removeComments: true }

const typescript = {
  name: 'typescript',
  resolveId: (name, importer) =>
    name.startsWith('.') ? `${path.resolve(path.dirname(importer), name).replace(/\.js$/, '')}.ts` : null,
  transform: (code, fileName) => ts.transpileModule(code, { fileName, compilerOptions }).outputText,
}

/** Whether a module is one that index.ts imports, by itself or through others. */
function coreOf(getModuleInfo) {
  const found = new Set()
  const visit = (id) => {
    if (found.has(id)) return
    found.add(id)
    for (const imported of getModuleInfo(id).importedIds) visit(imported)
  }
  visit(path.join(sources, 'index.ts'))
  return found
}

function removeOthers(written) {
  for (const name of readdirSync(outputs, { recursive: true })) {
    if (name.endsWith('.js') && !written.has(name)) rmSync(path.join(outputs, name))
  }
}

export async function bundle() {
  const bundled = await rollup({
    input: entries(),
    external: /^node:/,
    plugins: [typescript],
    onLog(level, { message }) {
      if (level === 'warn') throw new StepError(`Expected no warning of Rollup but received: ${message}`)
    },
  })
  let core
  const { output } = await bundled.write({
    dir: outputs,
    format: 'cjs',
    exports: 'named',
    esModule: true,
    generatedCode: { preset: 'es2015', symbols: false },
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    chunkFileNames: '[name].js',
    manualChunks(id, { getModuleInfo }) {
      core ??= coreOf(getModuleInfo)
      return core.has(id) ? 'core' : undefined
    },
  })
  removeOthers(new Set(output.map(({ fileName }) => path.normalize(fileName))))
  chmodSync(path.join(outputs, `${command}.js`), 0o755)
}
