// npm run test:system-calls: an strace of the tests, with the library that each call comes from, against
// docs/system-calls.md. strace takes long to unwind a stack of Node's: only calls that the page does not name are traced.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../lib/addon-file'
import { Attribution } from './attribute'
import { documentedCalls, type Library } from './documented'

/** Folders of tests that use the package in ways that make system calls of their own. */
const FOLDERS = ['api', 'share', 'sources', 'lifetime', 'sealing', 'audit', 'preload']
const ALONE = ['harden', 'probe']

/** What Node.js makes most, and no library of ours imports or makes by number (imports.test.ts). */
const NOT_OURS = [
  ...['mprotect', 'brk', 'lseek', 'pread64', 'newfstatat', 'statx', 'stat', 'lstat', 'readlink', 'access'],
  ...['getdents64', 'epoll_wait', 'epoll_pwait', 'epoll_create1', 'eventfd2', 'getsockname', 'dup2', 'rt_sigreturn'],
  // Starts of processes and threads.
  ...['capget', 'getuid', 'geteuid', 'getgid', 'getegid', 'set_robust_list', 'rseq', 'clone3', 'exit'],
  ...['set_tid_address', 'arch_prctl', 'uname', 'getcwd', 'sched_getaffinity', 'sysinfo', 'pkey_alloc'],
]

/** Named by the page and traced all the same: shows that stacks are told. Few are made. */
const SHOWN = ['memfd_secret', 'msync', 'process_vm_readv', 'mremap']

const SMALL_TAP = join(__dirname, 'small-tap.js')

const HELP = `Usage: npm run test:system-calls -- [TEST...]

Runs tests under strace: those whose path contains one of the words, or all that make system calls of their own.
`

function listTests(words: readonly string[]): string[] {
  const folder = join(packageRoot(), 'out/test')
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.js'))
  const usual = (file: string) =>
    FOLDERS.some((name) => file.startsWith(`${name}/`)) || ALONE.some((name) => file === `${name}.test.js`)
  const wanted = words.length === 0 ? usual : (file: string) => words.some((word) => file.includes(word))
  return all
    .filter(wanted)
    .sort()
    .map((file) => join(folder, file))
}

function trace(file: string, seen: Attribution): Promise<void> {
  const named = file.includes('/preload/') ? 'preload' : 'addon'
  const untraced = [...documentedCalls(named)].filter((call) => !SHOWN.includes(call))
  const calls = `trace=!${[...NOT_OURS, ...untraced].join(',')}`
  return new Promise((resolve, reject) => {
    // Many tests attach to a child themselves, or limit it: that some fail in here says nothing. strace writes to its
    // standard error, so the test gets another.
    const silently = ['sh', '-c', 'exec "$0" "$@" 2>/dev/null', process.execPath, '--require', SMALL_TAP, file]
    const options = ['-f', '-k', '-qq', '--seccomp-bpf', '-e', 'signal=none', '-e', calls]
    const traced = spawn('strace', [...options, ...silently], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 5 * 60_000,
      killSignal: 'SIGKILL',
    })
    const lines = createInterface({ input: traced.stderr })
    lines.on('line', (line) => seen.line(line))
    traced.on('error', reject)
    lines.on('close', resolve)
  })
}

function report(library: Library, seen: Attribution): boolean {
  const counts = seen.calls[library]
  const documented = documentedCalls(library)
  const undocumented = [...counts.keys()].filter((name) => !documented.has(name))
  console.log(`\n${library}:`)
  for (const [name, count] of [...counts].sort()) console.log(`  ${name.padEnd(20)} ${count}`)
  if (undocumented.length > 0) console.log(`  NOT in docs/system-calls.md: ${undocumented.join(', ')}`)
  return undocumented.length === 0
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const tests = listTests(words)
  if (tests.length === 0) {
    console.error(`Expected the name of a test but received ${words.join(' ')}`)
    return 2
  }
  const seen = new Attribution()
  const started = performance.now()
  const secondsSince = (time: number): string => `${Math.round((performance.now() - time) / 1000)} s`
  for (const [index, file] of tests.entries()) {
    const begun = performance.now()
    process.stderr.write(`${index + 1} of ${tests.length}: ${file.slice(packageRoot().length + 1)} ... `)
    await trace(file, seen)
    process.stderr.write(`${secondsSince(begun)}\n`)
  }
  console.error(`all: ${secondsSince(started)}`)
  const all = [report('addon', seen), report('preload', seen)]
  if (seen.calls.addon.size === 0) {
    console.error('Expected calls of the addon but received none: does this strace know -k?')
    return 1
  }
  return all.every(Boolean) ? 0 : 1
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
