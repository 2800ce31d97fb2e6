// The native tests under a sanitizer, in build/sanitize: npm run test:sanitize and the stress test's part `leaks` run them.
import path from 'node:path'
import { root, targetSources } from './native-sources.mjs'
import { run } from './run-command.mjs'
import { compileObjects, compiler } from './sanitized-objects.mjs'

const language = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-O1', '-g', '-pthread', '-D_GNU_SOURCE']
const common = ['-fno-sanitize-recover=all', '-fno-omit-frame-pointer']

// The address sanitizer makes mlock(2) do nothing, and maps, locks and allocates for itself, so that tests which count pages,
// reach a limit or refuse system calls cannot hold under it. The undefined-behaviour sanitizer leaves the process as it is
// and runs them all.
const countsPages = /\/(?:arena_growth|arena_slot|fuzz|pages|pressure|refusal)_test\.cc$/
const programs = {
  undefined: { flags: ['-fsanitize=undefined', ...common], wanted: () => true },
  // LeakSanitizer too: each test looks for leaks as it ends.
  address: { flags: ['-fsanitize=address', ...common], wanted: (source) => !countsPages.test(source) },
}

export const SANITIZERS = Object.keys(programs)

/** Builds the native tests under one of SANITIZERS; answers the program. */
export async function buildSanitizedTests(name) {
  const { flags, wanted } = programs[name]
  const folder = path.join(root, 'build/sanitize', name)
  const program = path.join(folder, 'native_test')
  const compiled = [...language, ...flags, '-Isrc', '-Itest/native']
  const objects = await compileObjects(
    targetSources('native_test').filter(wanted),
    compiled,
    path.join(folder, 'objects'),
  )
  await run(compiler, [...flags, '-pthread', ...objects, '-o', program])
  return program
}
