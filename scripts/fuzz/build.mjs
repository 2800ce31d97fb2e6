// Builds the fuzz targets, each a program of its own, into build/fuzz. What is current is left alone.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findClangTool } from '../clang-tools.mjs'
import { root, targetSources } from '../native-sources.mjs'
import { StepError, capture, pool, run } from '../run-command.mjs'

export const folder = path.join(root, 'build/fuzz')
const objects = path.join(folder, 'objects')
const jobs = 2
const language = [
  '-std=c++20',
  '-fno-exceptions',
  '-fno-rtti',
  '-O1',
  '-g',
  '-pthread',
  '-D_GNU_SOURCE',
  '-Isrc',
  '-Ifuzz',
]
const sanitizers = ['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']

/** The names of the targets: their files' names. None where the folder is not there. */
export function listTargets(targets) {
  const from = path.resolve(root, targets)
  if (!existsSync(from)) return []
  return readdirSync(from)
    .filter((file) => file.endsWith('.cc'))
    .map((file) => path.basename(file, '.cc'))
    .toSorted()
}

function missing(release, reason) {
  const packages = `clang-${release} libclang-rt-${release}-dev`
  return new StepError(`Expected clang with libFuzzer but ${reason}: apt-get install ${packages}`)
}

/** A clang++ that has libFuzzer, which is seen by linking a program with it. Throws a StepError that says what to install. */
async function findCompiler() {
  let compiler
  try {
    compiler = findClangTool('clang++')
  } catch {
    throw missing(19, 'found no clang++ in PATH')
  }
  mkdirSync(folder, { recursive: true })
  const source = path.join(folder, 'trial.cc')
  writeFileSync(source, 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n')
  const trial = await capture(compiler, [...sanitizers, source, '-o', path.join(folder, 'trial')])
  if (trial.code === 0) return compiler
  const version = await run(compiler, ['--version'])
  throw missing(version.match(/version (\d+)/)?.[1] ?? 19, `${compiler} cannot link a program with it`)
}

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Whether an object is newer than all that the compiler read to make it. */
function isCurrent(object) {
  const list = object.replace(/\.o$/, '.d')
  if (!existsSync(object) || !existsSync(list)) return false
  const inputs = readFileSync(list, 'utf8').replaceAll('\\\n', ' ').split(/\s+/).slice(1).filter(Boolean)
  return inputs.every(
    (input) => existsSync(path.resolve(root, input)) && modified(path.resolve(root, input)) < modified(object),
  )
}

/** Objects of another compiler or other flags are no use. */
function discardOthers(compiler) {
  const record = path.join(objects, 'command')
  const command = [compiler, ...language, ...sanitizers].join(' ')
  if (existsSync(record) && readFileSync(record, 'utf8') === command) return
  rmSync(objects, { recursive: true, force: true })
  mkdirSync(objects, { recursive: true })
  writeFileSync(record, command)
}

const objectOf = (source) => path.join(objects, `${source.replaceAll(/[/.]/g, '_')}.o`)
const programOf = (target) => path.join(folder, 'bin', target)

/** What each target is linked with: all of the replaying program but the targets and its main function. */
function sharedSources() {
  const own = (file) => file === 'fuzz/replay.cc' || file.startsWith('fuzz/targets/')
  return [...targetSources('fuzz_replay').filter((file) => !own(file)), 'fuzz/libfuzzer.cc']
}

/** The programs' paths by the targets' names. */
export async function buildTargets(targets, names) {
  const compiler = await findCompiler()
  discardOthers(compiler)
  mkdirSync(path.join(folder, 'bin'), { recursive: true })
  const shared = sharedSources()
  const sourceOf = (name) => path.relative(root, path.resolve(root, targets, `${name}.cc`))
  await pool([...shared, ...names.map(sourceOf)], jobs, async (source) => {
    if (isCurrent(objectOf(source))) return
    await run(compiler, [...language, ...sanitizers, '-MMD', '-c', source, '-o', objectOf(source)])
  })
  await pool(names, jobs, async (name) => {
    const parts = [...shared, sourceOf(name)].map(objectOf)
    if (parts.every((part) => modified(part) < modified(programOf(name)))) return
    await run(compiler, [...sanitizers, '-pthread', ...parts, '-o', programOf(name)])
  })
  return new Map(names.map((name) => [name, programOf(name)]))
}
