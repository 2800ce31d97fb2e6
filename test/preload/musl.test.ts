// The library in a process whose C library is musl: fake_openssl.cc, built for it by Debian's musl-tools.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { probe } from '../../lib/probe'
import { environment, library } from './preload-library'

const root = packageRoot()
const folder = t.testdir({})
const program = join(folder, 'fake_openssl')

function whyNot(): string | false {
  for (const tool of ['musl-gcc', 'g++']) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `needs ${tool}: apt-get install musl-tools g++`
  }
  return probe().memfdSecret.available ? false : 'memfd_secret is not available'
}

/** musl-gcc drops all folders of headers, also those of C++, of which only what needs no library is used here. */
function headersOfCpp(): string[] {
  const { stderr } = spawnSync('g++', ['-xc++', '-E', '-v', '/dev/null'], { encoding: 'utf8' })
  return [...stderr.matchAll(/^ (\/\S*c\+\+\S*)$/gm)].flatMap(([, path = '']) => ['-isystem', path])
}

function build(): void {
  const sources = readdirSync(join(root, 'test/preload')).filter((name) => name.endsWith('.cc'))
  const objects = sources.map((name) => join(folder, `${name}.o`))
  // libstdc++'s headers ask for glibc's version by this.
  const flags = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-D_GNU_SOURCE', '-D__GLIBC_PREREQ(a,b)=0']
  for (const [index, name] of sources.entries()) {
    const files = ['-c', join(root, 'test/preload', name), '-o', objects[index] ?? '']
    const args = [...flags, '-Isrc', '-Itest/preload', ...headersOfCpp(), ...files]
    execFileSync('musl-gcc', args, { cwd: root, env: { ...process.env, REALGCC: 'g++' }, stdio: 'pipe' })
  }
  execFileSync('musl-gcc', [...objects, '-rdynamic', '-pthread', '-o', program], { stdio: 'pipe' })
}

function play(name: string, env: Record<string, string> = {}) {
  const { status, signal, stdout, stderr } = spawnSync(program, [name], {
    env: environment(false, { LD_PRELOAD: library, MEMFD_SECRET_MIN_BACKING: 'memfd_secret', ...env }),
    encoding: 'utf8',
    timeout: 240_000,
  })
  return { status, signal, stdout, stderr }
}

const skip = whyNot()
if (skip === false) build()

t.test('it is musl', { skip }, async (t) => {
  t.match(execFileSync('readelf', ['-ld', program], { encoding: 'utf8' }), /ld-musl-.*NEEDED[^\n]*\[libc\.so\]/s)
})

const PLAYS = ['sizes', 'wiped-on-free', 'resizing', 'unknown-pointers', 'scope', 'threads', 'fork', 'file-buffers']
for (const name of PLAYS) {
  t.test(name, { skip }, async (t) => {
    t.strictSame(play(name), { status: 0, signal: null, stdout: '', stderr: '' })
  })
}

t.test('past the limit', { skip }, async (t) => {
  t.match(play('reserve', { MEMFD_SECRET_PRELOAD_MAX: '1M' }), { status: 0, stdout: 'capacity 1048576\n' })
})

t.test('a double free must die', { skip }, async (t) => {
  t.match(play('double-free-that-must-die'), { signal: 'SIGABRT', stderr: /^memfd-secret: Expected a live allocation/ })
})
