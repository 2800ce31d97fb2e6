// The library's allocator through OpenSSL's hooks, in a program that stands for one with OpenSSL (fake_openssl.cc).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/native'
import { probe } from '../../lib/probe'
import { copyForAnyUser, environment } from './preload-library'

// The project's folder may be closed to the users that some of these run as.
const copies = copyForAnyUser(
  ['fake_openssl', 'memfd_secret_preload.so'].map((name) => join(packageRoot(), 'build', 'Release', name)),
)
t.teardown(() => copies.remove())
const [program = '', library = ''] = copies.files
const skip = probe().memfdSecret.available ? false : 'memfd_secret is not available'

interface Played {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

function play(name: string, env: Record<string, string> = {}, prefix: readonly string[] = []): Played {
  const [command = '', ...args] = [...prefix, program, name]
  const options = {
    env: environment(false, { LD_PRELOAD: library, ...env }),
    encoding: 'utf8',
    timeout: 50_000,
  } as const
  const { status, signal, stdout, stderr } = spawnSync(command, args, options)
  return { status, signal, stdout, stderr }
}

const LARGE = { MEMFD_SECRET_PRELOAD_MAX: '64M' }
/** A user id that no other process has: newer kernels count secret pages by user. */
const asNobody = (memlock: number, uid: number): string[] => [
  'prlimit',
  `--memlock=${memlock}:${memlock}`,
  'setpriv',
  `--reuid=${uid}`,
  '--clear-groups',
]
const needsRoot = process.getuid?.() === 0 ? false : 'needs root to become another user'
const fine = { status: 0, signal: null, stdout: '', stderr: '' }

for (const name of ['sizes', 'wiped-on-free', 'resizing', 'unknown-pointers', 'scope', 'threads', 'fork']) {
  t.test(name, { skip }, async (t) => t.strictSame(play(name, LARGE), fine))
}

t.test('scope all', { skip }, async (t) => t.strictSame(play('scope', { MEMFD_SECRET_PRELOAD_SCOPE: 'all' }), fine))

t.test('connections cannot take what keys need; past all, malloc serves, said once', { skip }, async (t) => {
  const { status, stdout, stderr } = play('reserve', { MEMFD_SECRET_PRELOAD_MAX: '1M' })
  t.strictSame([status, stdout], [0, 'capacity 1048576\n'])
  const lines = stderr.trim().split('\n')
  t.equal(lines.length, 2)
  t.match(
    lines[0],
    /^memfd-secret: connections have used up their share of secret memory: .* goes to ordinary memory, after \d+ bytes\./,
  )
  t.match(
    lines[1],
    /^memfd-secret: the limit of secret memory is reached: key material goes to ordinary memory, after 1048576 bytes\./,
  )
})

t.test('freed memory serves other sizes and kinds', { skip }, async (t) => {
  t.equal(play('reuse', { MEMFD_SECRET_PRELOAD_MAX: '1M' }).status, 0)
})

for (const name of ['double-free-that-must-die', 'interior-free-that-must-die']) {
  t.test(name, { skip }, async (t) => {
    const { signal, stderr } = play(name)
    t.equal(signal, 'SIGABRT')
    t.equal(
      stderr,
      'memfd-secret: Expected a live allocation of this library for free but received a pointer that is none\n',
    )
  })
}

t.test('limits of locked memory, as a user', { skip: skip || needsRoot }, async (t) => {
  for (const [limit, uid] of [
    [65_536, 64_101],
    [1_048_576, 64_102],
  ] as const) {
    const { status, stdout, stderr } = play('reserve', {}, asNobody(limit, uid))
    t.equal(status, 0, stderr)
    t.match(stdout, /^capacity \d+\n$/)
    t.ok(Number(stdout.split(' ')[1]) <= limit, 'stays under the limit')
  }
  const none = play('report', {}, asNobody(0, 64_103))
  t.equal(none.status, 0)
  t.match(none.stdout, /^active 0 /)
  t.match(
    none.stderr,
    /^memfd-secret: Expected memfd_secret for OpenSSL's keys but received .*, and for mlock mmap: errno 12: OpenSSL's keys are in ordinary memory\n$/,
  )
  for (const weakest of ['memfd_secret', 'mlock']) {
    const refused = play('report', { MEMFD_SECRET_MIN_BACKING: weakest }, asNobody(0, 64_104))
    t.strictSame([refused.status, refused.stdout], [125, ''])
    t.match(refused.stderr, /MEMFD_SECRET_MIN_BACKING asks for it: not started\n$/)
  }
})

const noStrace = spawnSync('strace', ['-V']).error === undefined ? false : 'needs strace'

t.test('where memfd_secret(2) is refused', { skip: noStrace }, async (t) => {
  const strace = [
    'strace',
    '-qqq',
    '-f',
    '-o',
    '/dev/null',
    '-E',
    `LD_PRELOAD=${library}`,
    '-e',
    'inject=memfd_secret:error=ENOSYS',
  ]
  const run = (env: Record<string, string>): Played => play('report', { LD_PRELOAD: '', ...env }, strace)
  const mlock = run({})
  t.strictSame([mlock.status, mlock.stdout.startsWith('active 1 scope 0 backing 1 ')], [0, true])
  t.equal(
    mlock.stderr,
    "memfd-secret: Expected memfd_secret for OpenSSL's keys but received memfd_secret: errno 38: locked memory (mlock) serves instead\n",
  )
  const refused = run({ MEMFD_SECRET_MIN_BACKING: 'memfd_secret' })
  t.strictSame([refused.status, refused.stdout], [125, ''])
})

t.test('where a seccomp filter would kill the process', async (t) => {
  const launcher = join(packageRoot(), 'build', 'Release', 'seccomp_launcher')
  const { status, stdout, stderr } = play('report', {}, [launcher, 'KILL_PROCESS', 'memfd_secret'])
  t.strictSame([status, stdout.startsWith('active 1 scope 0 backing 1 ')], [0, true])
  t.match(
    stderr,
    /^memfd-secret: Expected memfd_secret for OpenSSL's keys but received a kill by the seccomp filter: locked memory/,
  )
})

t.test('a value that is none is refused', async (t) => {
  for (const [name, value, expected] of [
    ['MEMFD_SECRET_PRELOAD_SCOPE', 'key', 'keys or all'],
    ['MEMFD_SECRET_PRELOAD_MAX', '12', '64K to 64G, in bytes or with K, M or G,'],
    ['MEMFD_SECRET_PRELOAD_MAX', '8MB', '64K to 64G, in bytes or with K, M or G,'],
    ['MEMFD_SECRET_MIN_BACKING', 'memfd', 'memfd_secret, mlock or heap'],
    ['MEMFD_SECRET_PRELOAD_REPORT', 'yes', '0 or 1'],
  ] as const) {
    const { status, stderr } = play('report', { [name]: value })
    t.strictSame([status, stderr], [125, `memfd-secret: Expected ${expected} for ${name} but received ${value}\n`])
  }
})

t.test('an OpenSSL that takes no hooks', { skip }, async (t) => {
  const env = { FAKE_OPENSSL_REFUSES: '1' }
  const { status, stdout, stderr } = play('report', env)
  t.strictSame([status, stdout.startsWith('active 0 ')], [0, true])
  t.match(stderr, /^memfd-secret: Expected OpenSSL to take CRYPTO_set_mem_functions but received a refusal/)
  t.equal(play('report', { ...env, MEMFD_SECRET_MIN_BACKING: 'mlock' }).status, 125)
})

t.test('children run without it where that is asked for', { skip }, async (t) => {
  const env = { MEMFD_SECRET_PRELOAD_CHILDREN: '0' }
  t.match(play('report', env).stdout, /LD_PRELOAD unset\n$/)
  t.match(play('report', { ...env, LD_PRELOAD: `${library}:libc.so.6` }).stdout, /LD_PRELOAD libc\.so\.6\n$/)
  t.match(play('report', {}).stdout, /LD_PRELOAD \S+memfd_secret_preload\.so\n$/)
})

t.test(
  'a fork whose child cannot have memory of its own ends the child, with a message',
  { skip: skip || needsRoot },
  async (t) => {
    const { status, stderr } = play('fork-that-must-fail', {}, asNobody(262_144, 64_105))
    t.equal(status, 125)
    t.match(
      stderr,
      /^memfd-secret: a forked child could not get secret memory of its own \(\w+: errno \d+\)\. Raise the limit/,
    )
  },
)
