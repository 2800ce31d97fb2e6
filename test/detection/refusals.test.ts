import t from 'tap'
import { probe } from '../../lib/index'
import { doctor, filtered, ordinaryUser, report } from './refusing'

// Filters that the kernel enforces, as root and as an ordinary user. In each case the process must live, name the
// reason, and keep to what the caller accepts.

const refusedHere = probe().memfdSecret.reason
const skip = refusedHere === null ? false : `memfd_secret does not serve on this kernel: ${refusedHere}`
const user = ordinaryUser()
const users = [
  { who: 'as this user', command: [] },
  ...(user === null || user.length === 0 ? [] : [{ who: 'without capabilities', command: user }]),
]

const ACTIONS = [
  { action: 'EPERM', errno: 'EPERM' },
  { action: 'ENOSYS', errno: 'ENOSYS' },
  { action: 'TRAP', errno: null },
  { action: 'KILL_PROCESS', errno: null },
] as const

for (const { who, command } of users) {
  for (const { action, errno } of ACTIONS) {
    t.test(`memfd_secret is answered by ${action}, ${who}`, { skip }, async (t) => {
      const filter = filtered(action, 'memfd_secret')
      const told = report([command, filter])
      const { memfdSecret, process: state } = told.support
      t.match(memfdSecret, { available: false, reason: 'seccomp', errno })
      t.match(memfdSecret.hint, /seccomp|SystemCallFilter/)
      t.equal(state.seccomp, 2)
      t.match(told, {
        support: { backing: 'mlock' },
        strict: 'ERR_MEMFD_SECRET_UNAVAILABLE',
        byDefault: 'mlock',
        lax: 'mlock',
        again: 'mlock',
      })
    })
  }
}

for (const { who, command } of users) {
  for (const { action } of ACTIONS) {
    t.test(`doctor's exit status where memfd_secret is answered by ${action}, ${who}`, { skip }, async (t) => {
      const launchers = [command, filtered(action, 'memfd_secret')]
      t.equal(doctor(['--min-backing', 'mlock'], launchers).status, 0)
      const strict = doctor(['--min-backing', 'memfd_secret', '--json'], launchers)
      t.equal(strict.status, 1)
      t.match(JSON.parse(strict.stdout), { met: false, support: { memfdSecret: { reason: 'seccomp' } } })
    })
  }

  for (const action of ['EPERM', 'KILL_PROCESS'] as const) {
    t.test(`mlock too is answered by ${action}, ${who}`, { skip }, async (t) => {
      const launchers = [command, filtered(action, 'memfd_secret', 'mlock')]
      const told = report(launchers)
      t.match(told, {
        support: { backing: 'heap' },
        strict: 'ERR_MEMFD_SECRET_UNAVAILABLE',
        byDefault: 'ERR_MEMFD_SECRET_UNAVAILABLE',
        lax: 'heap',
      })
      t.match(
        told.support.memfdSecret.evidence.join('; '),
        action === 'EPERM' ? /mlock answers EPERM/ : /mlock: .*SIGSYS/,
      )
      t.equal(doctor([], launchers).status, 1)
    })
  }

  t.test(`a filter that forbids mlock and msync does not touch secret memory, ${who}`, { skip }, async (t) => {
    const launchers = [command, filtered('KILL_PROCESS', 'mlock', 'msync')]
    const told = report(launchers)
    t.match(told, { support: { backing: 'memfd_secret', kernel: { accounting: null } }, strict: 'memfd_secret' })
    t.equal(doctor(['--min-backing', 'memfd_secret'], launchers).status, 0)
  })
}
