// npm run test:sanitize: the native tests once more, under each sanitizer, in build/sanitize.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { root, targetSources } from './native-sources.mjs'
import { main, pool, run, step } from './run-command.mjs'
import { testProgram } from './test-program.mjs'
import { printProgram, printTotals } from './test-report.mjs'

const jobs = 2
const language = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-O1', '-g', '-pthread', '-D_GNU_SOURCE']
const common = ['-fno-sanitize-recover=all', '-fno-omit-frame-pointer']

// The address sanitizer makes mlock(2) do nothing, and maps, locks and allocates for itself, so that tests which count pages,
// reach a limit or refuse system calls cannot hold under it. The undefined-behaviour sanitizer leaves the process as it is
// and runs them all.
const countsPages = /\/(?:arena_growth|arena_slot|fuzz|pages|pressure|refusal)_test\.cc$/
const programs = [
  { name: 'undefined', flags: ['-fsanitize=undefined', ...common], wanted: () => true },
  { name: 'address', flags: ['-fsanitize=address', ...common], wanted: (source) => !countsPages.test(source) },
]

async function build(sources, flags, folder, program) {
  const compiler = process.env.CXX ?? 'g++'
  mkdirSync(folder, { recursive: true })
  const objects = await pool(sources, jobs, async (source) => {
    const object = path.join(folder, `${source.replaceAll('/', '_')}.o`)
    await run(compiler, [...language, ...flags, '-Isrc', '-Itest/native', '-c', source, '-o', object])
    return object
  })
  await run(compiler, [...flags, '-pthread', ...objects, '-o', program])
}

await main(async () => {
  const results = []
  for (const { name, flags, wanted } of programs) {
    const folder = path.join(root, 'build/sanitize', name)
    const program = path.join(folder, 'native_test')
    const sources = targetSources('native_test').filter(wanted)
    await step(`Building the native tests (-fsanitize=${name})`, () => build(sources, flags, folder, program))
    const result = await testProgram({ name: `test/native (${name})`, command: program, args: [] })
    printProgram(result)
    results.push(result)
  }
  return printTotals(results)
})
