import type { Reason } from '../support'

/** What trying a system call's whole path gave. */
export interface Trial {
  outcome: 'works' | 'failed' | 'killed' | 'not-tried'
  /** EPERM, ENOSYS…; null unless it failed. */
  errno: string | null
  /** The call that failed: memfd_secret, mmap, prefault…; 'clone' where no throw-away child could be made. */
  syscall: string | null
  /** The signal that a filter kills with; null unless killed. */
  signal: string | null
}

/** How the process was started, as far as it shows: the hint then names that one's setting first. */
export type Runtime = 'docker' | 'podman' | 'kubernetes' | 'systemd' | null

/** Facts that a reason is told from. Null: could not be read. Plain data, so that every reason can be tested anywhere. */
export interface Evidence {
  platform: string
  /** uname -m. */
  machine: string
  /** uname -r. */
  release: string
  /** uname -v: on Debian it holds the stable version that uname -r leaves out. */
  version: string
  /** What loading the addon threw; null where it loaded. */
  addonError: string | null
  trial: Trial
  /** /proc/cmdline. */
  commandLine: string | null
  /** /sys/module/secretmem/parameters/enable; `exists` null where /sys/module is not there to look at. */
  parameter: { exists: boolean | null; value: boolean | null }
  /** /proc/config.gz or /boot/config-RELEASE. */
  config: { file: string; secretmem: boolean; rodataFull: boolean | null } | null
  seccomp: 0 | 1 | 2 | null
  /** /sys/kernel/security/lsm. */
  lsm: readonly string[] | null
  /** /proc/self/attr/current. */
  lsmLabel: string | null
  /** RLIMIT_MEMLOCK, bytes; Infinity where unlimited. */
  memlock: { soft: number; hard: number } | null
  /** RLIMIT_NOFILE. */
  nofile: { soft: number; hard: number } | null
  runtime: Runtime
}

/** What the evidence amounts to. */
export interface Conclusion {
  available: boolean
  reason: Reason | null
  errno: string | null
  hint: string | null
  evidence: readonly string[]
}
