// The library under limits of locked memory, which kernels count in two ways: run in those of test/kernel-matrix too.
import t from 'tap'
import { probe } from '../../lib/probe'
import { openPlays } from './plays'

const { play, remove } = openPlays()
t.teardown(remove)

const skip = process.getuid?.() === 0 ? false : 'needs root to become another user'
const needsSecret = skip || (probe().memfdSecret.available ? false : 'memfd_secret is not available')

/** A user id that no other process has, nor another run of this test: newer kernels count secret pages by user. */
const userOf = (place: number): number => 100_000_000 + process.pid * 8 + place

const asNobody = (memlock: number, uid: number): string[] => [
  'prlimit',
  `--memlock=${memlock}:${memlock}`,
  'setpriv',
  `--reuid=${uid}`,
  '--clear-groups',
]

for (const [limit, uid] of [
  [65_536, userOf(1)],
  [1_048_576, userOf(2)],
] as const) {
  t.test(`${limit} bytes: filled, and what comes then goes to malloc`, { skip }, async (t) => {
    const { status, stdout, stderr } = play('reserve', {}, asNobody(limit, uid))
    t.equal(status, 0, stderr)
    t.match(stdout, /^capacity \d+\n$/)
    const capacity = Number(stdout.split(' ')[1])
    t.ok(capacity > limit / 2 && capacity <= limit, `${capacity} bytes`)
  })
}

t.test('nothing: keys stay where they were, or nothing starts', { skip: needsSecret }, async (t) => {
  const none = play('report', {}, asNobody(0, userOf(3)))
  t.equal(none.status, 0)
  t.match(none.stdout, /^active 0 /)
  t.match(
    none.stderr,
    /^memfd-secret: Expected memfd_secret for OpenSSL's keys but received .*, and for mlock mmap: errno 12: OpenSSL's keys are in ordinary memory\n$/,
  )
  for (const weakest of ['memfd_secret', 'mlock']) {
    const refused = play('report', { MEMFD_SECRET_MIN_BACKING: weakest }, asNobody(0, userOf(4)))
    t.strictSame([refused.status, refused.stdout], [125, ''])
    t.match(refused.stderr, /MEMFD_SECRET_MIN_BACKING asks for it: not started\n$/)
  }
})

t.test('a fork whose child cannot have memory of its own ends the child', { skip: needsSecret }, async (t) => {
  const { status, stderr } = play('fork-that-must-fail', {}, asNobody(262_144, userOf(5)))
  t.equal(status, 125)
  t.match(
    stderr,
    /^memfd-secret: a forked child could not get secret memory of its own \(\w+: errno \d+\)\. Raise the limit/,
  )
})

t.test('a fork within the limit', { skip: needsSecret }, async (t) => {
  const limit = 4 * 1024 * 1024
  t.strictSame(play('fork', {}, asNobody(limit, userOf(6))), { status: 0, signal: null, stdout: '', stderr: '' })
})
