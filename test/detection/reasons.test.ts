import t from 'tap'
import { conclude } from '../../lib/detection/conclude'
import type { Evidence } from '../../lib/detection/evidence'
import type { Reason } from '../../lib/support'
import { refused, simulate, simulateArm64, UNREADABLE, worked } from './simulated'

interface Case {
  what: string
  evidence: Evidence
  reason: Reason | null
  hint: RegExp | null
  because: RegExp
}

const enabled = { exists: true, value: true }
const works = 'secretmem.enable=1'

const CASES: Case[] = [
  {
    what: 'it works',
    evidence: simulate({ trial: worked }),
    reason: null,
    hint: null,
    because: /create, size, map, prefault and close all work/,
  },
  {
    what: 'another platform',
    evidence: simulate({ platform: 'darwin' }),
    reason: 'not-linux',
    hint: /Linux 5\.14/,
    because: /this is darwin/,
  },
  {
    what: 'the addon is missing',
    evidence: simulate({ addonError: 'the addon cannot load: No native build was found' }),
    reason: 'no-addon',
    hint: /npm run build/,
    because: /No native build was found/,
  },
  {
    what: 'an old kernel',
    evidence: simulate({ release: '5.10.0-30-amd64', parameter: { exists: false, value: null } }),
    reason: 'kernel-too-old',
    hint: /5\.14 or later/,
    because: /came with 5\.14/,
  },
  {
    what: 'an architecture that lacks it',
    evidence: simulate({ machine: 'armv7l' }),
    reason: 'unsupported-arch',
    hint: /x86_64, arm64/,
    because: /armv7l/,
  },
  {
    what: 'a kernel built without it, by its configuration',
    evidence: simulate({
      config: { file: '/proc/config.gz', secretmem: false, rodataFull: null },
      parameter: { exists: null, value: null },
    }),
    reason: 'not-configured',
    hint: /CONFIG_SECRETMEM=y/,
    because: /CONFIG_SECRETMEM is not set in \/proc\/config\.gz/,
  },
  {
    what: 'a kernel built without it, by its parameters',
    evidence: simulate({ config: null, parameter: { exists: false, value: null } }),
    reason: 'not-configured',
    hint: /CONFIG_SECRETMEM=y/,
    because: /\/sys\/module has no secretmem/,
  },
  {
    what: 'off by default, before 6.5',
    evidence: simulate(),
    reason: 'not-enabled',
    hint: /secretmem\.enable=1/,
    because: /off by default/,
  },
  {
    what: 'turned off, by the parameter',
    evidence: simulate({ release: '6.12.117', parameter: { exists: true, value: false } }),
    reason: 'not-enabled',
    hint: /secretmem\.enable=1/,
    because: /enable is N/,
  },
  {
    what: 'turned off, by the command line',
    evidence: simulate({
      release: '6.12.117',
      config: null,
      parameter: { exists: null, value: null },
      commandLine: 'quiet secretmem.enable=0',
    }),
    reason: 'not-enabled',
    hint: /secretmem\.enable=1/,
    because: /says secretmem\.enable=0/,
  },
  {
    what: 'turned on and off again: the last word counts',
    evidence: simulate({ commandLine: `${works} secretmem.enable=off` }),
    reason: 'not-enabled',
    hint: /secretmem\.enable=1/,
    because: /says secretmem\.enable=off/,
  },
  {
    what: 'arm64 without rodata=full',
    evidence: simulateArm64({ commandLine: `${works} rodata=on`, parameter: enabled }),
    reason: 'not-enabled',
    hint: /rodata=full/,
    because: /without rodata=full/,
  },
  {
    what: 'nothing can be read, and no filter is known',
    evidence: simulate({ release: '6.12.1', ...UNREADABLE }),
    reason: 'unsupported-or-disabled',
    hint: /as root outside of any container/,
    because: /cannot be read/,
  },
  {
    what: 'a filter is on, and nothing says what the kernel would answer',
    evidence: simulate({ release: '6.12.1', ...UNREADABLE, seccomp: 2 }),
    reason: 'unsupported-or-disabled',
    hint: /sandbox/,
    because: /does not tell the causes apart/,
  },
  {
    what: 'the kernel has it on, and yet it is missing, without a filter',
    evidence: simulate({ parameter: enabled }),
    reason: 'unsupported-or-disabled',
    hint: /gVisor/,
    because: /enable is Y/,
  },
  {
    what: 'a filter that answers ENOSYS',
    evidence: simulate({ parameter: enabled, seccomp: 2 }),
    reason: 'seccomp',
    hint: /SystemCallFilter=memfd_secret/,
    because: /it is the seccomp filter that answers ENOSYS/,
  },
  {
    what: 'a filter is on, but the kernel itself has it off',
    evidence: simulate({ seccomp: 2 }),
    reason: 'not-enabled',
    hint: /secretmem\.enable=1/,
    because: /off by default/,
  },
  {
    what: 'a filter that answers EPERM',
    evidence: simulate({ seccomp: 2, trial: refused('memfd_secret', 'EPERM') }),
    reason: 'seccomp',
    hint: /SystemCallFilter=memfd_secret/,
    because: /a filter is on/,
  },
  {
    what: 'EPERM without a filter, which no kernel answers',
    evidence: simulate({ trial: refused('memfd_secret', 'EPERM') }),
    reason: 'unsupported-or-disabled',
    hint: /sandbox/,
    because: /the kernel itself does not answer so/,
  },
  {
    what: 'a filter that kills',
    evidence: simulate({ seccomp: 2, trial: { outcome: 'killed', errno: null, syscall: null, signal: 'SIGSYS' } }),
    reason: 'seccomp',
    hint: /SystemCallFilter=memfd_secret/,
    because: /killed by SIGSYS/,
  },
  {
    what: 'a filter, and no child to try it in',
    evidence: simulate({ seccomp: 2, trial: refused('clone', 'EAGAIN') }),
    reason: 'seccomp',
    hint: /ulimit -u/,
    because: /a filter may kill/,
  },
  {
    what: 'a security module',
    evidence: simulate({
      trial: refused('memfd_secret', 'EACCES'),
      lsm: ['selinux'],
      lsmLabel: 'system_u:system_r:node_t:s0',
    }),
    reason: 'lsm',
    hint: /ausearch.*node_t/,
    because: /selinux/,
  },
  {
    what: 'another security module',
    evidence: simulate({ trial: refused('memfd_secret', 'EACCES') }),
    reason: 'lsm',
    hint: /journalctl -k/,
    because: /apparmor; this process is unconfined/,
  },
  {
    what: 'the limit, at mmap',
    evidence: simulate({ trial: refused('mmap', 'EAGAIN'), memlock: { soft: 4096, hard: 4096 } }),
    reason: 'memlock-limit',
    hint: /ulimit -l 65536.*LimitMEMLOCK=64M.*--ulimit memlock=67108864/,
    because: /RLIMIT_MEMLOCK is 4096 bytes/,
  },
  {
    what: 'the limit, at the first touch',
    evidence: simulate({ trial: refused('prefault', 'EFAULT'), memlock: { soft: 0, hard: 0 } }),
    reason: 'memlock-limit',
    hint: /LimitMEMLOCK=64M/,
    because: /RLIMIT_MEMLOCK is 0 bytes/,
  },
  {
    what: 'no descriptor left in the process',
    evidence: simulate({ trial: refused('memfd_secret', 'EMFILE') }),
    reason: 'fd-limit',
    hint: /LimitNOFILE=/,
    because: /RLIMIT_NOFILE is 1024/,
  },
  {
    what: 'no descriptor left, so that /proc cannot be read either',
    evidence: simulate({ trial: refused('memfd_secret', 'EMFILE'), ...UNREADABLE }),
    reason: 'fd-limit',
    hint: /ulimit -n/,
    because: /not readable now/,
  },
  {
    what: 'no descriptor left in the system',
    evidence: simulate({ trial: refused('memfd_secret', 'ENFILE') }),
    reason: 'fd-limit',
    hint: /sysctl fs\.file-max/,
    because: /whole system/,
  },
  {
    what: 'arm64 where the call may succeed without protecting',
    evidence: simulateArm64({ trial: worked, release: '6.1.100', version: '#1 SMP', commandLine: 'rodata=on' }),
    reason: 'unprotected-arm64',
    hint: /6\.1\.113.*rodata=full/,
    because: /CVE-2024-50182/,
  },
  {
    what: 'such a kernel, and no evidence how it was booted',
    evidence: simulateArm64({ trial: worked, release: '6.8.0-40-generic', version: '#40-Ubuntu', config: null }),
    reason: 'unprotected-arm64',
    hint: /6\.12 or later/,
    because: /cannot be read/,
  },
  {
    what: 'such a kernel, booted with rodata=full',
    evidence: simulateArm64({ trial: worked, release: '6.1.100', version: '#1 SMP', commandLine: 'rodata=full' }),
    reason: null,
    hint: null,
    because: /rodata=full/,
  },
  {
    what: 'arm64 mended, by the stable release that uname -v of Debian names',
    evidence: simulateArm64({ trial: worked }),
    reason: null,
    hint: null,
    because: /all work/,
  },
]

for (const { what, evidence, reason, hint, because } of CASES) {
  t.test(what, async (t) => {
    const told = conclude(evidence)
    t.equal(told.reason, reason)
    t.equal(told.available, reason === null)
    t.equal(told.errno, evidence.trial.errno)
    if (hint === null) t.equal(told.hint, null)
    else t.match(told.hint, hint)
    t.match(told.evidence.join('\n'), because)
  })
}
