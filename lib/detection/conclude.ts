import type { Reason } from '../support'
import type { Conclusion, Evidence } from './evidence'
import { hintFor } from './hints'
import { FIRST_RELEASE, isAtLeast, mayNotProtectArm64, parseRelease, stableRelease } from './kernel-release'
import { hasFullRodata, kernelState } from './kernel-state'

/** Where Linux has memfd_secret(2): the architectures with ARCH_HAS_SET_DIRECT_MAP, as uname -m names them. */
const MACHINES = new Set(['x86_64', 'aarch64', 'riscv64', 'loongarch64', 's390x'])

const LIMIT_ERRNOS = new Set(['EAGAIN', 'EFAULT', 'ENOMEM'])

type Told = readonly [reason: Reason | null, ...because: string[]]

function describeTrial({ trial }: Evidence): string {
  switch (trial.outcome) {
    case 'works':
      return 'tried: create, size, map, prefault and close all work'
    case 'failed':
      return `tried: ${trial.syscall} answers ${trial.errno}`
    case 'killed':
      return `tried in a throw-away child: the child was killed by ${trial.signal}`
    case 'not-tried':
      return 'not tried'
  }
}

function describeSeccomp({ seccomp }: Evidence): string {
  if (seccomp === null) return '/proc/self/status cannot be read: whether a seccomp filter is on is not known'
  return `/proc/self/status says Seccomp: ${seccomp} (${['no filter', 'strict mode', 'a filter is on'][seccomp]})`
}

/** The kernel said ENOSYS, or a filter did in its place. */
function tellMissing(evidence: Evidence): Told {
  const { machine, release, seccomp } = evidence
  const version = parseRelease(release)
  if (!MACHINES.has(machine)) return ['unsupported-arch', `Linux has no memfd_secret on ${machine}`]
  if (version !== null && !isAtLeast(version, FIRST_RELEASE)) {
    return ['kernel-too-old', `the kernel is ${release}; memfd_secret came with 5.14`]
  }
  const { state, because } = kernelState(evidence)
  if (state === 'absent') return ['not-configured', because]
  if (state === 'off') return ['not-enabled', because]
  if (state === 'on' && machine === 'aarch64' && hasFullRodata(evidence) === false) {
    return ['not-enabled', because, 'the kernel is booted without rodata=full, which memfd_secret needs on arm64']
  }
  if (state === 'on' && seccomp === 2) {
    return ['seccomp', because, 'so it is the seccomp filter that answers ENOSYS', describeSeccomp(evidence)]
  }
  return ['unsupported-or-disabled', because, describeSeccomp(evidence), 'this does not tell the causes apart']
}

function tellFailure(evidence: Evidence): Told {
  const { trial, seccomp, lsm, lsmLabel, memlock, nofile } = evidence
  const label = lsmLabel === null ? 'its label cannot be read' : `this process is ${lsmLabel}`
  const { errno, syscall } = trial
  if (errno === 'ENOSYS' && syscall === 'memfd_secret') return tellMissing(evidence)
  if (syscall === 'clone' || syscall === 'waitpid') {
    return ['seccomp', describeSeccomp(evidence), 'without a throw-away child it is not tried, since a filter may kill']
  }
  if (errno === 'EMFILE') return ['fd-limit', `RLIMIT_NOFILE is ${nofile?.soft ?? 'not readable now'}`]
  if (errno === 'ENFILE') return ['fd-limit', "the whole system's open files are at fs.file-max"]
  if (errno !== null && LIMIT_ERRNOS.has(errno)) {
    return ['memlock-limit', `RLIMIT_MEMLOCK is ${memlock === null ? 'not readable' : `${memlock.soft} bytes`}`]
  }
  if (errno === 'EACCES') return ['lsm', `security modules: ${lsm?.join(', ') ?? 'cannot be read'}; ${label}`]
  if ((errno === 'EPERM' || errno === 'ENOSYS') && seccomp === 2) return ['seccomp', describeSeccomp(evidence)]
  return ['unsupported-or-disabled', describeSeccomp(evidence), 'the kernel itself does not answer so']
}

/** The call succeeds, but on some arm64 kernels without taking the pages out of the direct map (CVE-2024-50182). */
function tellSuccess(evidence: Evidence): Told {
  if (evidence.machine !== 'aarch64') return [null]
  const release = stableRelease(evidence.release, evidence.version)
  if (release !== null && !mayNotProtectArm64(release)) return [null]
  const full = hasFullRodata(evidence)
  if (full === true) return [null, 'the kernel is booted with rodata=full']
  return [
    'unprotected-arm64',
    `${release?.join('.') ?? evidence.release} may lack the mend of CVE-2024-50182: the call succeeds without protecting`,
    full === false
      ? 'the kernel is booted without rodata=full'
      : 'whether it is booted with rodata=full cannot be read',
  ]
}

function tell(evidence: Evidence): Told {
  const { platform, addonError, trial } = evidence
  if (platform !== 'linux') return ['not-linux', `memfd_secret is a system call of Linux, and this is ${platform}`]
  if (addonError !== null) return ['no-addon', addonError]
  switch (trial.outcome) {
    case 'works':
      return tellSuccess(evidence)
    case 'killed':
      return ['seccomp', describeSeccomp(evidence)]
    case 'failed':
      return tellFailure(evidence)
    case 'not-tried':
      return ['unsupported-or-disabled', 'memfd_secret was not tried']
  }
}

/** Whether memfd_secret serves, and if not, why and what to do. Guesses nothing: see `unsupported-or-disabled`. */
export function conclude(evidence: Evidence): Conclusion {
  const [reason, ...because] = tell(evidence)
  const onLinux = reason !== 'not-linux' && reason !== 'no-addon'
  return {
    available: reason === null,
    reason,
    errno: evidence.trial.errno,
    hint: reason === null ? null : hintFor(reason, evidence),
    evidence: [
      ...(onLinux ? [`kernel ${evidence.release} ${evidence.machine}`, describeTrial(evidence)] : []),
      ...because,
    ],
  }
}
