// The C++ files of each target: binding.gyp, the formatter, clang-tidy and the sanitizer build all ask here, so that a new
// file is compiled and checked without being named anywhere.
// Run as a program it prints the .cc files of one target, a line each, or with --count how many there are; with
// --beside-core only those that the target core does not hold.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

const library = ['src/arena', 'src/audit', 'src/codec', 'src/sys']
const targets = {
  addon: { own: ['src/addon.cc', 'src/napi'], shared: library },
  // What the programs that test it share, compiled once.
  core: { own: library, shared: [] },
  preload: { own: ['src/preload'], shared: ['src/sys'] },
  fake_openssl: { own: ['test/preload'], shared: [] },
  native_test: { own: ['test/native'], shared: library },
  attacker: { own: ['attack/attacker'], shared: [] },
  attack_inside: { own: ['attack/inside'], shared: [] },
  native_access: { own: ['test/fixtures/native-access'], shared: [] },
  fault_test: {
    own: ['test/faults/injector', 'test/faults/native'],
    shared: [...library, 'test/native/harness.cc', 'test/native/process.cc'],
  },
  fault_injector: { own: ['test/faults/injector', 'test/faults/addon'], shared: [] },
  fuzz_replay: {
    own: ['fuzz/arena_model', 'fuzz/replay.cc', 'fuzz/support', 'fuzz/targets'],
    shared: ['src/arena', 'src/codec', 'src/sys'],
  },
  physical_costs: { own: ['benchmark/costs'], shared: [] },
  seccomp_launcher: { own: ['test/fixtures/native'], shared: [] },
}

/** Files below the given files and folders, sorted, relative to the root with forward slashes. Missing ones are skipped. */
function listFiles(names, pattern) {
  return names
    .filter((name) => existsSync(path.join(root, name)))
    .flatMap((name) => {
      if (pattern.test(name)) return [name]
      return readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    })
    .toSorted()
}

/** The .cc files of a target of binding.gyp; none when it has no source of its own. Throws for a name that is no target. */
export function targetSources(target) {
  const folders = targets[target]
  if (!folders) throw new Error(`Expected one of ${Object.keys(targets).join(', ')} for target but received ${target}`)
  const own = listFiles(folders.own, /\.cc$/)
  return own.length === 0 ? [] : [...own, ...listFiles(folders.shared, /\.cc$/)]
}

/** Every C++ source and header of the project. */
export function allNativeFiles() {
  return listFiles(['src', 'test', 'attack', 'benchmark', 'fuzz'], /\.(?:cc|h)$/)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const core = new Set(process.argv.includes('--beside-core') ? targetSources('core') : [])
  const files = targetSources(process.argv.at(-1)).filter((file) => !core.has(file))
  // Not console.log, which paints numbers where FORCE_COLOR is set.
  process.stdout.write(process.argv.includes('--count') ? String(files.length) : files.join('\n'))
}
