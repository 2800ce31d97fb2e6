import t from 'tap'
import { probe } from '../../lib/index'
import { doctor, fixture, limited, ordinaryUser, report, type Report } from './refusing'

const { memfdSecret, kernel } = probe()
const user = ordinaryUser()
const skip =
  memfdSecret.reason !== null
    ? `memfd_secret does not serve on this kernel: ${memfdSecret.reason}`
    : user === null && 'cannot become an ordinary user'
const ordinary = user ?? []
const page = 4096

t.test('RLIMIT_MEMLOCK 0', { skip }, async (t) => {
  const told = report([limited(0), ordinary])
  t.match(told.support, {
    backing: 'memfd_secret',
    memfdSecret: {
      available: false,
      reason: 'memlock-limit',
      errno: kernel.accounting === 'at-touch' ? 'EFAULT' : 'EAGAIN',
    },
    memlock: { soft: 0, hard: 0, capIpcLock: false },
  })
  t.match(told.support.memfdSecret.hint, /67108864|64M/, 'the hint holds a number')
  // A limit is an error, never a weaker backing.
  t.match(told, {
    strict: 'ERR_MEMFD_SECRET_LIMIT',
    byDefault: 'ERR_MEMFD_SECRET_LIMIT',
    lax: 'ERR_MEMFD_SECRET_LIMIT',
  })
  t.equal(doctor(['--min-backing', 'mlock'], [limited(0), ordinary]).status, 1)
})

for (const limit of [page, 16 * page]) {
  t.test(`RLIMIT_MEMLOCK ${limit}`, { skip }, async (t) => {
    const told = report([limited(limit), ordinary])
    t.match(told, { strict: 'memfd_secret', byDefault: 'memfd_secret', lax: 'memfd_secret' })
    t.match(told.support, { memfdSecret: { available: true }, memlock: { soft: limit, hard: limit } })
    const doctored = doctor(['--min-backing', 'memfd_secret', '--json'], [limited(limit), ordinary])
    t.equal(doctored.status, 0)
    const { findings } = JSON.parse(doctored.stdout) as { findings: { id: string; level: string; message: string }[] }
    const memlock = findings.find(({ id }) => id === 'memlock')
    t.equal(memlock?.level, 'warning')
    t.match(memlock?.message, new RegExp(`room for (at most )?${(limit / page) * 85} secrets of 32 bytes`))
  })
}

// Where pages count at mmap no limit holds root. Where they count at touch it does, and other processes of root have their
// part in it: of a page or more nothing may be left.
for (const limit of [0, page, 16 * page]) {
  const held = kernel.accounting === 'at-touch'
  t.test(`RLIMIT_MEMLOCK ${limit}, as root`, { skip: skip || (process.getuid?.() !== 0 && 'not root') }, async (t) => {
    const told = report([limited(limit)])
    const { status } = doctor(['--min-backing', 'memfd_secret'], [limited(limit)])
    if (!held || (limit > 0 && told.strict === 'memfd_secret')) {
      t.match(told, {
        support: { memfdSecret: { available: true } },
        strict: 'memfd_secret',
        byDefault: 'memfd_secret',
      })
      t.equal(status, 0)
    } else {
      t.match(told.support.memfdSecret, { available: false, reason: 'memlock-limit', errno: 'EFAULT' })
      t.match(told, { strict: 'ERR_MEMFD_SECRET_LIMIT', byDefault: 'ERR_MEMFD_SECRET_LIMIT' })
      t.equal(status, 1)
    }
  })
}

for (const { who, launcher } of [
  { who: 'as this user', launcher: [] },
  { who: 'without capabilities', launcher: ordinary },
]) {
  const launchers = [['prlimit', '--nofile=64:64'], launcher]

  t.test(`RLIMIT_NOFILE used up, ${who}`, { skip }, async (t) => {
    const told = report<{ full: Report; freed: Report }>(launchers, 'exhaust-descriptors')
    t.match(told.full.support.memfdSecret, { available: false, reason: 'fd-limit', errno: 'EMFILE' })
    t.match(told.full.support.memfdSecret.hint, /LimitNOFILE=/)
    t.match(told.full, { strict: 'ERR_MEMFD_SECRET_LIMIT', byDefault: 'ERR_MEMFD_SECRET_LIMIT' })
    t.match(told.freed, { support: { memfdSecret: { available: true, reason: null } }, strict: 'memfd_secret' })
  })

  t.test(`RLIMIT_NOFILE used up: doctor's exit status, ${who}`, { skip }, async (t) => {
    for (const backing of ['memfd_secret', 'mlock']) {
      const { status, stdout } = fixture('doctor-without-descriptors', ['--min-backing', backing, '--json'], launchers)
      t.equal(status, 1, backing)
      t.match(JSON.parse(stdout), { met: false, support: { memfdSecret: { reason: 'fd-limit', errno: 'EMFILE' } } })
    }
  })
}
