// npm run test:sanitize: the native tests once more, with the address and undefined-behaviour sanitizers, in build/sanitize.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { root, targetSources } from './native-sources.mjs'
import { main, pool, run, step } from './run-command.mjs'
import { testProgram } from './test-program.mjs'
import { printProgram, printTotals } from './test-report.mjs'

const jobs = 2
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
const language = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-O1', '-g', '-pthread', '-D_GNU_SOURCE']

async function build(sources, folder, program) {
  const compiler = process.env.CXX ?? 'g++'
  const objects = await pool(sources, jobs, async (source) => {
    const object = path.join(folder, `${source.replaceAll('/', '_')}.o`)
    await run(compiler, [...language, ...sanitizers, '-Isrc', '-Itest/native', '-c', source, '-o', object])
    return object
  })
  await run(compiler, [...sanitizers, '-pthread', ...objects, '-o', program])
}

await main(async () => {
  const folder = path.join(root, 'build/sanitize')
  const program = path.join(folder, 'native_test')
  const sources = targetSources('native_test')
  mkdirSync(folder, { recursive: true })
  await step('Building the native tests with sanitizers', () => build(sources, folder, program))
  const result = await testProgram({ name: 'test/native (sanitized)', command: program, args: [] })
  printProgram(result)
  return printTotals([result])
})
