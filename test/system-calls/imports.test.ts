import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { has } from '../detection/refusing'
import { documentedCalls, type Library } from './documented'

// A library can only make the system calls of the libc functions that it imports, and those that it makes by number.

const FILES: Record<Library, string> = { addon: 'memfd_secret.node', preload: 'memfd_secret_preload.so' }

/** Functions of libc that make system calls of their own, where the names differ. */
const CALLS_OF: Record<string, readonly string[]> = {
  _exit: ['exit_group'],
  // Of libgcc_s, which is mapped as the program's own libraries are.
  dlopen: ['openat', 'read', 'mmap', 'close'],
  abort: ['rt_sigprocmask', 'getpid', 'gettid', 'tgkill'],
  fstat: ['fstat'],
  getpgrp: ['getpgid'],
  getrlimit: ['prlimit64'],
  isatty: ['ioctl'],
  open: ['openat'],
  pthread_sigmask: ['rt_sigprocmask'],
  raise: ['tgkill'],
  setrlimit: ['prlimit64'],
  sigaction: ['rt_sigaction'],
  signal: ['rt_sigaction'],
  sigprocmask: ['rt_sigprocmask'],
  tcflush: ['ioctl'],
  tcgetattr: ['ioctl'],
  tcgetpgrp: ['ioctl'],
  tcsetattr: ['ioctl'],
  waitpid: ['wait4'],
}

/** None of their own: memory and strings of libc, the dynamic linker, and what only fails. */
const HARMLESS =
  /^(?:__\w+|calloc|dl_iterate_phdr|dlsym|environ|free|getenv|malloc|malloc_usable_size|mem\w+|pthread_atfork|realloc|secure_getenv|setenv|setvbuf|sig(?:add|empty)set|str\w+|syscall|sysconf|unsetenv|napi_\w+|node_api_\w+|CRYPTO_\w+)$/

function importsOf(file: string): string[] {
  const shown = execFileSync('nm', ['-D', '--undefined-only', file], { encoding: 'utf8' })
  return [...shown.matchAll(/^\s+[UwW] ([\w.]+)/gm)].map(([, name]) => name ?? '')
}

const skip = has('nm') ? false : 'nm (binutils) is not installed'

for (const [library, name] of Object.entries(FILES) as [Library, string][]) {
  const file = join(packageRoot(), 'build/Release', name)
  t.test(
    `${name} imports nothing that docs/system-calls.md does not name`,
    { skip: skip || (!existsSync(file) && 'not built') },
    async (t) => {
      const documented = documentedCalls(library)
      const calls = importsOf(file)
        .filter((imported) => !HARMLESS.test(imported))
        .flatMap((imported) => CALLS_OF[imported] ?? [imported])
      t.ok(calls.length > 10, 'the symbols were read')
      t.same(
        [...new Set(calls)].filter((call) => !documented.has(call)),
        [],
      )
    },
  )
}

t.test('calls by number are named too', async (t) => {
  const folder = join(packageRoot(), 'src')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(?:cc|h)$/.test(file))
  const text = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  const numbers = new Set([...text.matchAll(/\bsyscall\((?:SYS_)?(\w+)/g)].map(([, name]) => name ?? ''))
  t.ok(numbers.delete('kMemfdSecretNumber'))
  const documented = documentedCalls('addon')
  t.ok(documented.has('memfd_secret'))
  t.same(
    [...numbers].filter((call) => !documented.has(call)),
    [],
  )
})
