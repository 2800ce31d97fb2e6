import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import type { Patterns } from './memory-scan'
import { environment } from './preload-library'

/** Builds a library for LD_PRELOAD. Throws with what the compiler says. */
function link(args: readonly string[], out: string): void {
  const flags = ['-std=c++20', '-O2', '-fPIC', '-fno-exceptions', '-fno-rtti', '-fvisibility=hidden', '-D_GNU_SOURCE']
  execFileSync('g++', [...flags, ...args, '-o', out], { cwd: packageRoot(), stdio: 'pipe', timeout: 240_000 })
}

/**
 * The source files of OpenSSL, and of Node.js, that allocated what held a key while fixtures/holder.ts loaded and used keys,
 * by the key's name; see key_witness.cc. keys: the folder of the files.
 */
export async function witness(keys: string, patterns: Patterns, scratch: string): Promise<Map<string, string[]>> {
  const library = join(scratch, 'key_witness.so')
  link(['-shared', 'test/fixtures/key-witness/key_witness.cc', '-pthread'], library)
  const [known, found] = [join(scratch, 'patterns'), join(scratch, 'found')]
  writeFileSync(known, [...patterns].map(([name, bytes]) => `${name} ${bytes.toString('hex')}\n`).join(''))
  const child = fork(join(__dirname, 'fixtures', 'holder.js'), [keys], {
    env: environment(false, { LD_PRELOAD: library, KEY_WITNESS_PATTERNS: known, KEY_WITNESS_FOUND: found }),
    execArgv: [],
    timeout: 240_000,
  })
  const ended = once(child, 'exit')
  for (const step of ['load', 'use']) {
    child.send(step)
    const [answer] = await Promise.race([once(child, 'message'), ended])
    if (answer !== step) throw new Error(`Expected the child to answer ${step} but received ${String(answer)}`)
  }
  // It ends by itself once nobody can ask it.
  child.disconnect()
  await ended
  const lines = readFileSync(found, 'utf8').trim().split('\n')
  const files = new Map<string, string[]>()
  for (const [file = '', name = ''] of lines.map((line) => line.split('\t'))) {
    files.set(file, [...(files.get(file) ?? []), name])
  }
  return files
}

/** The preload library, but that what a source file allocates goes to malloc. */
export function libraryWithout(file: string, scratch: string): string {
  const build = join(packageRoot(), 'build/Release/obj.target/memfd_secret_preload')
  const objects = execFileSync('find', [build, '-name', '*.o', '!', '-name', 'scope.o'], { encoding: 'utf8' })
  const object = join(scratch, 'scope.o')
  const library = join(scratch, 'preload_without.so')
  link(['-Isrc', `-DMEMFD_SECRET_LEAVES_OUT="${file}"`, '-c', 'src/preload/scope.cc'], object)
  const exported = '-Wl,-z,nodelete,--version-script=src/preload/exports.map'
  link(['-shared', '-nodefaultlibs', '-nostartfiles', exported, ...objects.trim().split('\n'), object], library)
  return library
}
