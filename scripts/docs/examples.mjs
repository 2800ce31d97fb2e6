// The examples of the API's documentation: regions of the programs in examples/api, which a test runs. A region has the name
// of the function or method that it shows, so that docstrings need not name a file.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'

const folder = path.join(root, 'examples/api')

function outdent(lines) {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const least = Math.min(...indents)
  return lines.map((line) => line.slice(least)).join('\n')
}

/** Name of the region -> its code. Throws an Error for a name that is there twice. */
export function readExamples() {
  const examples = new Map()
  for (const file of readdirSync(folder).toSorted()) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    for (const [, name, code] of text.matchAll(/^ *\/\/#region (\w+)\n([^]*?)^ *\/\/#endregion \1$/gm)) {
      if (examples.has(name)) throw new Error(`Expected one example for ${name} but received another in ${file}`)
      examples.set(name, outdent(code.trimEnd().split('\n')))
    }
  }
  return examples
}
