import { type Backing, strengthOf } from '../backing'
import { memlockHint } from '../detection/hints'
import { unmet } from '../assert-support'
import type { Support } from '../support'
import { isLimited, secretsThatFit } from './capacity'
import { finding, type Finding, type Level } from './finding'
import type { Surroundings } from './surroundings'

const COMFORTABLE_SECRETS = 10_000

const BACKING_WORDS: Record<Backing, string> = {
  memfd_secret: 'secret memory (memfd_secret): the kernel itself cannot read it',
  mlock: 'locked memory (mlock): not in swap, not in core dumps, but readable by root and by debuggers',
  heap: 'ordinary memory (heap): nothing is kept from swap, core dumps or other processes',
}

export function supportFinding(support: Support, minBacking: Backing): Finding {
  const { backing, memfdSecret } = support
  const { reason, evidence, hint } = memfdSecret
  const why = reason === null ? '' : `; memfd_secret does not serve: ${reason} (${evidence.join('; ')})`
  const level: Level = unmet(support, minBacking, false) !== null ? 'error' : reason === null ? 'ok' : 'warning'
  return finding('support', level, `secrets go to ${BACKING_WORDS[backing]}${why}`, hint)
}

function bytes(count: number): string {
  return count === Infinity ? 'unlimited' : `${count} bytes`
}

export function memlockFinding(support: Support, { runtime }: Surroundings): Finding {
  const { backing, memlock, kernel } = support
  if (backing === 'heap') return finding('memlock', 'note', 'no memory is locked, so RLIMIT_MEMLOCK does not matter')
  const limit = `RLIMIT_MEMLOCK is ${bytes(memlock.soft)} (hard: ${bytes(memlock.hard)})`
  if (!isLimited(support)) {
    const why = memlock.soft === Infinity ? '' : ', which does not hold this process (CAP_IPC_LOCK)'
    return finding('memlock', 'ok', `${limit}${why}: secrets are limited by memory alone`)
  }
  const fit = secretsThatFit(support)
  const used = memlock.used === null ? '' : `, ${memlock.used} bytes of it used`
  const most = memlock.used === null ? 'at most ' : ''
  const level: Level = fit === 0 ? 'error' : fit < COMFORTABLE_SECRETS ? 'warning' : 'ok'
  const shared = kernel.accounting === 'at-touch' ? '; all processes of this user share it' : ''
  return finding(
    'memlock',
    level,
    `${limit}${used}: room for ${most}${fit} secrets of 32 bytes${shared}`,
    level === 'ok' ? null : memlockHint(runtime),
  )
}

export function accountingFinding({ backing, kernel }: Support): Finding[] {
  if (backing !== 'memfd_secret' || kernel.accounting === null) return []
  return [
    kernel.accounting === 'at-mmap'
      ? finding('accounting', 'ok', 'this kernel counts secret pages by process, when they are mapped')
      : finding(
          'accounting',
          'note',
          'this kernel counts secret pages by user, when they are first touched, root included: another process of the same user can use the limit up',
          'Reserve at start-up: configure({ reserveBytes }); or run each service as a user of its own',
        ),
  ]
}

export function descriptorFinding({ descriptors }: Surroundings): Finding {
  if (descriptors === null) return finding('descriptors', 'note', 'RLIMIT_NOFILE cannot be read')
  return finding(
    'descriptors',
    descriptors < 64 ? 'warning' : 'ok',
    `RLIMIT_NOFILE is ${descriptors}; new secret memory needs one descriptor for a moment`,
    descriptors < 64 ? 'Raise it: ulimit -n 4096, LimitNOFILE=4096 in a systemd unit' : null,
  )
}

export function seccompFinding({ process: { seccomp }, memfdSecret, backing }: Support): Finding {
  if (seccomp === 0) return finding('seccomp', 'ok', 'no seccomp filter is on')
  if (memfdSecret.reason !== 'seccomp')
    return finding('seccomp', 'ok', 'a seccomp filter is on, and lets memfd_secret through')
  const level: Level = strengthOf(backing) < strengthOf('mlock') ? 'error' : 'warning'
  return finding('seccomp', level, 'a seccomp filter refuses memfd_secret', memfdSecret.hint)
}

const SEALING_WORDS: Record<Support['sealing'], string> = {
  pkey: 'sealed secrets are closed at rest by a protection key, and opened for one thread alone',
  mprotect:
    'sealed secrets are closed at rest by mprotect, and opened for all threads at once: there is no protection key',
  none: 'secrets cannot be sealed',
}

export function sealingFinding({ sealing }: Support): Finding {
  return finding('sealing', sealing === 'none' ? 'note' : 'ok', SEALING_WORDS[sealing])
}

export function preloadFinding({ preload }: Support, { preloadList }: Surroundings): Finding {
  if (preload.active) {
    const level: Level = preload.backing === 'memfd_secret' ? 'ok' : 'warning'
    const message = `the preload library is active (${preload.scope}, ${preload.backing}): OpenSSL's keys are in its pages`
    return finding('preload', level, message)
  }
  if (/memfd-secret|memfd_secret/.test(preloadList)) {
    return finding(
      'preload',
      'warning',
      'LD_PRELOAD names the preload library, but it is not active in this process',
      'Start the service by: memfd-secret run -- node server.js, which says why where it cannot work',
    )
  }
  return finding(
    'preload',
    'note',
    "the preload library is not loaded: keys that Node's own OpenSSL holds (TLS, KeyObject) are in ordinary memory",
    'Start the service by: memfd-secret run -- node server.js',
  )
}
