// npm run lint:native: clang-tidy over every C++ source, two at a time. A file that passed is not checked again until it, a
// header it includes, the checks or the tool change.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findClangTool } from './clang-tools.mjs'
import { allNativeFiles, root } from './native-sources.mjs'
import { capture, main, pool, run } from './run-command.mjs'
import { nodeHeaders } from './toolchain.mjs'

const jobs = 2
const folder = path.join(root, 'build/clang-tidy')

/** The file and every header of the project that it reaches. */
function withHeaders(file, seen = new Set()) {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(path.join(root, file), 'utf8')
  for (const [, name] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
    const places = [path.dirname(file), 'src', 'test/native', 'test/faults', 'fuzz'].map((place) =>
      path.join(place, name),
    )
    const header = places.find((place) => existsSync(path.join(root, place)))
    if (header) withHeaders(header, seen)
  }
  return seen
}

function compileCommand(file) {
  const addonApi = path.join(root, 'node_modules/node-addon-api')
  const flags = [
    '-std=c++20',
    '-fno-exceptions',
    '-fno-rtti',
    '-Wall',
    '-Wextra',
    '-Isrc',
    '-Itest/native',
    '-Itest/faults',
    '-Ifuzz',
  ]
  const defines = ['_GNU_SOURCE', 'NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NAPI_DISABLE_CPP_EXCEPTIONS']
  const system = ['-isystem', addonApi, '-isystem', nodeHeaders()]
  const args = ['c++', ...flags, ...defines.map((name) => `-D${name}`), ...system, '-c', file]
  return { directory: root, file, arguments: args }
}

function stamp(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return path.join(folder, `${hash.digest('hex')}.ok`)
}

await main(async () => {
  const files = allNativeFiles().filter((file) => file.endsWith('.cc'))
  const tool = findClangTool('clang-tidy')
  const version = await run(tool, ['--version'])
  const commands = files.map(compileCommand)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'compile_commands.json'), JSON.stringify(commands, undefined, 1))
  const common = [version, readFileSync(path.join(root, '.clang-tidy'))]

  const outcomes = await pool(commands, jobs, async (command) => {
    const { file } = command
    const texts = [...withHeaders(file)].map((name) => readFileSync(path.join(root, name)))
    const passed = stamp([...common, JSON.stringify(command), ...texts])
    if (existsSync(passed)) return 'unchanged'
    const { code, stdout, output } = await capture(tool, ['--quiet', '-p', folder, file])
    if (code === 0) {
      writeFileSync(passed, '')
      return 'passed'
    }
    console.log(stdout.trim() ? stdout.trimEnd() : output.trimEnd())
    return 'failed'
  })
  const count = (outcome) => outcomes.filter((each) => each === outcome).length
  console.log(`clang-tidy: ${count('passed')} passed, ${count('unchanged')} unchanged, ${count('failed')} failed`)
  return count('failed') === 0 ? 0 : 1
})
