import t from 'tap'
import { examine } from '../../lib/doctor/examine'
import type { Level } from '../../lib/doctor/finding'
import { inspectorOptions } from '../../lib/doctor/leak-findings'
import type { Backing, Support } from '../../lib/index'
import type { Surroundings } from '../../lib/doctor/surroundings'
import { FALLEN_BACK, simulateSupport, simulateSurroundings, withProcess } from './simulated'

interface Case {
  id: string
  what: string
  level: Level
  message: RegExp
  remedy: RegExp | null
  support?: Support
  surroundings?: Surroundings
  minBacking?: Backing
}

const memlock = { soft: 65_536, hard: 65_536, used: 0, capIpcLock: false }
const atTouch = { release: '6.18.52', arch: 'x86_64', accounting: 'at-touch' } as const

const CASES: Case[] = [
  { id: 'support', what: 'secret memory', level: 'ok', message: /memfd_secret/, remedy: null },
  {
    id: 'support',
    what: 'the fallback',
    level: 'warning',
    message: /mlock.*not-enabled.*ENOSYS/,
    remedy: /secretmem\.enable=1/,
    support: simulateSupport(FALLEN_BACK),
  },
  {
    id: 'support',
    what: 'the fallback, where it will not do',
    level: 'error',
    message: /not-enabled/,
    remedy: /secretmem\.enable=1/,
    support: simulateSupport(FALLEN_BACK),
    minBacking: 'memfd_secret',
  },
  {
    id: 'memlock',
    what: 'a generous limit',
    level: 'ok',
    message: /room for 174080 secrets of 32 bytes/,
    remedy: null,
  },
  {
    id: 'memlock',
    what: 'a small limit, part of it used',
    level: 'warning',
    message: /4096 bytes of it used: room for 1275 secrets/,
    remedy: /LimitMEMLOCK=64M/,
    support: simulateSupport({ memlock: { ...memlock, used: 4096 } }),
  },
  {
    id: 'memlock',
    what: 'no room',
    level: 'error',
    message: /room for 0 secrets/,
    remedy: /LimitMEMLOCK=64M/,
    support: simulateSupport({ memlock: { ...memlock, used: 65_536 } }),
  },
  {
    id: 'memlock',
    what: 'a limit that does not hold',
    level: 'ok',
    message: /CAP_IPC_LOCK/,
    remedy: null,
    support: simulateSupport({ memlock: { ...memlock, capIpcLock: true } }),
  },
  {
    id: 'memlock',
    what: 'the same, on a kernel where it does hold',
    level: 'warning',
    message: /at most 1360 secrets of 32 bytes; all processes of this user share it/,
    remedy: /LimitMEMLOCK/,
    support: simulateSupport({ memlock: { ...memlock, used: null, capIpcLock: true }, kernel: atTouch }),
  },
  {
    id: 'memlock',
    what: 'unlimited',
    level: 'ok',
    message: /unlimited.*memory alone/,
    remedy: null,
    support: simulateSupport({ memlock: { soft: Infinity, hard: Infinity, used: 0, capIpcLock: false } }),
  },
  {
    id: 'memlock',
    what: 'in Kubernetes',
    level: 'warning',
    message: /1360/,
    remedy: /containerd.*unit of the nodes/,
    support: simulateSupport({ memlock }),
    surroundings: simulateSurroundings({ runtime: 'kubernetes' }),
  },
  {
    id: 'accounting',
    what: 'counted by user',
    level: 'note',
    message: /root included/,
    remedy: /reserveBytes/,
    support: simulateSupport({ kernel: atTouch }),
  },
  { id: 'sealing', what: 'a protection key', level: 'ok', message: /one thread alone/, remedy: null },
  {
    id: 'sealing',
    what: 'mprotect',
    level: 'ok',
    message: /no protection key/,
    remedy: null,
    support: simulateSupport({ sealing: 'mprotect' }),
  },
  {
    id: 'sealing',
    what: 'the heap',
    level: 'note',
    message: /cannot be sealed/,
    remedy: null,
    support: simulateSupport({ backing: 'heap', sealing: 'none' }),
  },
  {
    id: 'descriptors',
    what: 'few descriptors',
    level: 'warning',
    message: /RLIMIT_NOFILE is 16/,
    remedy: /LimitNOFILE/,
    surroundings: simulateSurroundings({ descriptors: 16 }),
  },
  { id: 'seccomp', what: 'no filter', level: 'ok', message: /no seccomp filter/, remedy: null },
  {
    id: 'seccomp',
    what: 'a filter that lets it through',
    level: 'ok',
    message: /lets memfd_secret through/,
    remedy: null,
    support: withProcess({ seccomp: 2 }),
  },
  {
    id: 'swap',
    what: 'swap',
    level: 'warning',
    message: /\/dev\/dm-1, \/swapfile/,
    remedy: /swapoff/,
    surroundings: simulateSurroundings({ swaps: ['/dev/dm-1 partition 1 0 -2', '/swapfile file 1 0 -3'] }),
  },
  {
    id: 'hibernation',
    what: 'a machine that can hibernate',
    level: 'note',
    message: /refuses to hibernate/,
    remedy: null,
    surroundings: simulateSurroundings({ powerStates: 'freeze mem disk', hibernation: '[platform] shutdown' }),
  },
  {
    id: 'hibernation',
    what: 'the same with locked memory only',
    level: 'warning',
    message: /writes locked memory/,
    remedy: /nohibernate/,
    support: simulateSupport(FALLEN_BACK),
    surroundings: simulateSurroundings({ powerStates: 'freeze mem disk', hibernation: '[platform] shutdown' }),
  },
  {
    id: 'hibernation',
    what: 'hibernation turned off',
    level: 'ok',
    message: /cannot hibernate/,
    remedy: null,
    surroundings: simulateSurroundings({ powerStates: 'freeze mem disk', hibernation: '[disabled]' }),
  },
  { id: 'core', what: 'not dumpable', level: 'ok', message: /not dumpable/, remedy: null },
  {
    id: 'core',
    what: 'a limit',
    level: 'warning',
    message: /RLIMIT_CORE is Infinity/,
    remedy: /harden\(\)/,
    support: withProcess({ dumpable: true, coreLimit: Infinity }),
  },
  {
    id: 'core',
    what: 'a program that takes dumps, which no limit stops',
    level: 'warning',
    message: /whatever RLIMIT_CORE is.*systemd-coredump/,
    remedy: /harden\(\)/,
    support: withProcess({ dumpable: true, coreLimit: 0 }),
    surroundings: simulateSurroundings({ corePattern: '|/lib/systemd/systemd-coredump %P' }),
  },
  { id: 'dumpable', what: 'hardened', level: 'ok', message: /not dumpable/, remedy: null },
  {
    id: 'dumpable',
    what: 'not hardened',
    level: 'note',
    message: /is dumpable/,
    remedy: /harden\(\)/,
    support: withProcess({ dumpable: true }),
  },
  {
    id: 'ptrace',
    what: 'scope 0',
    level: 'warning',
    message: /ptrace_scope is 0: any process of the same user/,
    remedy: /ptrace_scope=1/,
    support: withProcess({ dumpable: true }),
    surroundings: simulateSurroundings({ ptraceScope: 0 }),
  },
  {
    id: 'ptrace',
    what: 'no Yama',
    level: 'warning',
    message: /Yama is not there/,
    remedy: /harden/,
    support: withProcess({ dumpable: true }),
    surroundings: simulateSurroundings({ ptraceScope: null }),
  },
  { id: 'ptrace', what: 'scope 1', level: 'ok', message: /only a parent/, remedy: null },
  {
    id: 'inspector',
    what: 'an option in NODE_OPTIONS',
    level: 'warning',
    message: /--inspect=0\.0\.0\.0/,
    remedy: /NODE_OPTIONS/,
    surroundings: simulateSurroundings({ nodeOptions: '--max-old-space-size=64 --inspect=0.0.0.0' }),
  },
  {
    id: 'inspector',
    what: 'SIGUSR1',
    level: 'note',
    message: /SIGUSR1/,
    remedy: /harden/,
    support: withProcess({ inspector: true }),
  },
  { id: 'preload', what: 'active', level: 'ok', message: /active \(keys, memfd_secret\)/, remedy: null },
]

for (const { id, what, level, message, remedy, ...given } of CASES) {
  t.test(`${id}: ${what}`, async (t) => {
    const { support = simulateSupport(), surroundings = simulateSurroundings(), minBacking = 'mlock' } = given
    const { findings } = examine(support, surroundings, { minBacking, version: '1.2.3' })
    const found = findings.find((one) => one.id === id)
    t.match(found, { level, message })
    if (remedy === null) t.equal(found?.remedy, null)
    else t.match(found?.remedy, remedy)
  })
}

t.test('all is well on a hardened machine', async (t) => {
  const report = examine(simulateSupport(), simulateSurroundings(), { minBacking: 'memfd_secret', version: '1.2.3' })
  t.equal(report.met, true)
  t.same([...new Set(report.findings.map(({ level }) => level))], ['ok'])
  t.same(new Set(report.findings.map(({ id }) => id)).size, report.findings.length, 'each has an id of its own')
})

t.test('the preload library is named, but not active', async (t) => {
  const preload = { ...simulateSupport().preload, active: false }
  const surroundings = simulateSurroundings({ preloadList: '/app/node_modules/memfd-secret/build/preload.so' })
  const { findings } = examine(simulateSupport({ preload }), surroundings, { minBacking: 'mlock', version: '1.2.3' })
  t.match(
    findings.find(({ id }) => id === 'preload'),
    { level: 'warning', message: /not active/ },
  )
})

t.test('which options open an inspector', async (t) => {
  const options = ['--inspect', '--inspect-brk=9229', '--inspect-wait', '--inspector', '--no-inspect', '']
  t.same(inspectorOptions(options), ['--inspect', '--inspect-brk=9229', '--inspect-wait'])
})
