// What a sanitizer's build compiles: only what is older than its source or than any header.
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { allNativeFiles, root } from './native-sources.mjs'
import { pool, run } from './run-command.mjs'

const jobs = 2
export const compiler = process.env.CXX ?? 'g++'

const modified = (file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** The object files of the sources, in a folder of them alone. */
export function compileObjects(sources, flags, folder) {
  mkdirSync(folder, { recursive: true })
  const headers = allNativeFiles().filter((file) => file.endsWith('.h'))
  const newestHeader = Math.max(...headers.map(modified))
  return pool(sources, jobs, async (source) => {
    const object = path.join(folder, `${source.replaceAll('/', '_')}.o`)
    const built = statSync(object, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (built < Math.max(modified(source), newestHeader)) {
      await run(compiler, [...flags, '-c', source, '-o', object])
    }
    return object
  })
}
