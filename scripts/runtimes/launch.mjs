// How each kind of runtime is started on this machine: {command, env}, to which the program and its arguments are added.
import { copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { StepError, run } from '../run-command.mjs'
import { armFiles } from './arm64.mjs'
import { folder } from './fetch.mjs'

const denoRights = ['--allow-read', '--allow-write', '--allow-ffi', '--allow-env', '--allow-sys']

function find(names, install) {
  const found = names.find(existsSync)
  if (!found)
    throw new StepError(`needs ${path.basename(names[0])}: apt-get install --no-install-recommends ${install}`)
  return found
}

/** Debian's libstdc++ with the names of glibc that musl lacks: Debian has none for musl. */
async function muslLibraries() {
  const libraries = path.join(folder, 'musl')
  mkdirSync(libraries, { recursive: true })
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const places = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu'].map((place) => path.join(place, name))
    copyFileSync(realpathSync(find(places, 'g++')), path.join(libraries, name))
  }
  const source = path.join(root, 'test/runtimes/glibc_names.c')
  const flags = ['-O1', '-shared', '-fPIC', '-nostdlib', '-fno-stack-protector', '-Wall', '-Wextra', '-Werror']
  await run('gcc', [...flags, source, '-o', path.join(libraries, 'ld-linux-x86-64.so.2')])
  return libraries
}

const launches = {
  direct: (binary) => ({ command: [binary], env: {} }),
  musl: async (binary) => {
    find(['/lib/ld-musl-x86_64.so.1'], 'musl')
    return { command: [binary], env: { LD_LIBRARY_PATH: await muslLibraries() } }
  },
  deno: (binary) => ({
    command: [binary, 'run', '--no-prompt', '--node-modules-dir=manual', ...denoRights],
    env: { DENO_DIR: path.join(folder, 'deno-cache'), DENO_NO_UPDATE_CHECK: '1' },
  }),
  'user-emulation': async (binary) => {
    const emulator = find(['/usr/bin/qemu-aarch64-static', '/usr/bin/qemu-aarch64'], 'qemu-user-static')
    return { command: [emulator, '-L', await armFiles(), binary], env: {} }
  },
}

/** Throws a StepError that says what is to be installed. */
export async function launch(runtime, binary) {
  return launches[runtime.launch ?? 'direct'](binary)
}
