// The addon under the address and undefined-behaviour sanitizers, for a process of node that has their runtimes preloaded.
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, targetSources } from './native-sources.mjs'
import { run } from './run-command.mjs'
import { compileObjects, compiler } from './sanitized-objects.mjs'
import { nodeHeaders } from './toolchain.mjs'

const folder = path.join(root, 'build/sanitize/addon')
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
const language = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-fvisibility=hidden', '-fPIC', '-O1', '-g']
// As in binding.gyp.
const addon = [
  '-fno-threadsafe-statics',
  '-fno-use-cxa-atexit',
  '-D_GNU_SOURCE',
  '-DNAPI_VERSION=9',
  '-DNODE_ADDON_API_DISABLE_DEPRECATED',
  '-DNAPI_DISABLE_CPP_EXCEPTIONS',
  '-D_GLIBCXX_EXTERN_TEMPLATE=0',
]

/** Builds what is older than its source or than any header. Answers the folder for MEMFD_SECRET_PREBUILD. */
export async function buildSanitizedAddon() {
  const target = path.join(folder, 'build/Release/memfd_secret.node')
  mkdirSync(path.dirname(target), { recursive: true })
  const includes = ['-Isrc', '-isystem', path.join(root, 'node_modules/node-addon-api'), '-isystem', nodeHeaders()]
  const flags = [...language, ...sanitizers, ...addon, ...includes]
  const built = await compileObjects(targetSources('addon'), flags, path.join(folder, 'objects'))
  await run(compiler, ['-shared', ...sanitizers, '-Wl,-z,nodelete', ...built, '-o', target])
  return folder
}

/**
 * Node's own: the wrapper of an External that lives when its environment ends; of Node 24, a list that OpenSSL keeps and the
 * context of node:vm.
 */
const leaksOfNode = ['napi_create_external', 'ossl_load_builtin_compressions', 'node::contextify::ContextifyContext']
  .map((name) => `leak:${name}\n`)
  .join('')

async function runtimeOf(name) {
  const file = (await run(compiler, [`-print-file-name=${name}`])).trim()
  return existsSync(file) ? realpathSync(file) : null
}

/** The environment of a process that loads it; null where the compiler has no such runtimes. */
export async function sanitizedEnvironment({ leaks = true } = {}) {
  const runtimes = [await runtimeOf('libasan.so'), await runtimeOf('libubsan.so')]
  if (runtimes.includes(null)) return null
  const suppressions = path.join(folder, 'suppressions')
  mkdirSync(folder, { recursive: true })
  writeFileSync(suppressions, leaksOfNode)
  return {
    LD_PRELOAD: runtimes.join(' '),
    ASAN_OPTIONS: `detect_leaks=${leaks ? 1 : 0}:abort_on_error=0`,
    LSAN_OPTIONS: `suppressions=${suppressions}:print_suppressions=0`,
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    MEMFD_SECRET_PREBUILD: folder,
  }
}
