// The library's allocator through OpenSSL's hooks, in a program that stands for one with OpenSSL (fake_openssl.cc).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { probe } from '../../lib/probe'
import { openPlays, type Played } from './plays'

const { play, library, remove } = openPlays()
t.teardown(remove)
const skip = probe().memfdSecret.available ? false : 'memfd_secret is not available'
const LARGE = { MEMFD_SECRET_PRELOAD_MAX: '64M' }
const fine = { status: 0, signal: null, stdout: '', stderr: '' }

for (const name of [
  'sizes',
  'wiped-on-free',
  'resizing',
  'unknown-pointers',
  'scope',
  'threads',
  'fork',
  'file-buffers',
]) {
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
