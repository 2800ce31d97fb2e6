// npm run check:addon: the built addon needs no library, exports Node-API's two entry points alone, and leaves undefined
// only Node-API and libc names, so that the one file loads in glibc and in musl runtimes. Node.js itself would not notice:
// it brings libstdc++ along.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from './native-sources.mjs'
import { StepError, main, run } from './run-command.mjs'

const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
// C++ runtime, libgcc, and names that glibc alone has: fortified and large-file variants, C23's renamed parsers.
const foreign = /^(?:_Z|__cxa_|__gxx_|_Unwind_|__aarch64_|__isoc)|(?:_chk|64)$|^__[a-z]+[dst]i[23]$/

const isForeign = (name) => !/^(?:napi|node_api)_/.test(name) && foreign.test(name)

const names = (text) => text.split('\n').map((line) => line.trim().split(/\s+/).at(-1)?.replace(/@.*/, '') ?? '')
const nonEmpty = (list) => list.filter((name) => name !== '')

await main(async () => {
  const addon = path.join(root, 'build/Release/memfd_secret.node')
  if (!existsSync(addon)) throw new StepError('Expected a built addon: run "npm run build" first')
  const needed = (await run('readelf', ['-d', addon])).split('\n').filter((line) => line.includes('(NEEDED)'))
  const exported = nonEmpty(names(await run('nm', ['-D', '--defined-only', addon]))).toSorted()
  const undefinedNames = nonEmpty(names(await run('nm', ['-D', '--undefined-only', addon])))

  const problems = needed.map((line) => `needs a library: ${line.trim()}`)
  for (const name of undefinedNames.filter(isForeign)) problems.push(`undefined: ${name}`)
  if (exported.join() !== entryPoints.join()) {
    problems.push(`Expected ${entryPoints.join(', ')} for its exports but received ${exported.join(', ')}`)
  }
  for (const problem of problems) console.error(problem)
  console.log(`check-addon: ${undefinedNames.length} names from Node.js and libc, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
})
