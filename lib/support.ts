import type { Backing } from './backing'
import type { PreloadStatus } from './preload-status'

/** Why memfd_secret(2) does not serve. */
export type Reason =
  | 'not-linux'
  | 'no-addon'
  | 'kernel-too-old'
  | 'unsupported-arch'
  | 'not-configured'
  | 'not-enabled'
  | 'unsupported-or-disabled'
  | 'seccomp'
  | 'lsm'
  | 'memlock-limit'
  | 'fd-limit'
  | 'unprotected-arm64'

/** What {@link probe} answers, for a machine and a person. */
export interface Support {
  /** What an allocation gets now. */
  backing: Backing
  /** Whether memfd_secret(2) serves, and if not, why. */
  memfdSecret: {
    /** Whether secrets can be had from it. */
    available: boolean
    /** Why not; null where it is available. */
    reason: Reason | null
    /** The name of the errno that the trial ended with: ENOSYS, EPERM, EAGAIN… */
    errno: string | null
    /** What to do about it, for an operator. */
    hint: string | null
    /** The facts that the reason was told from, and what could not be read. */
    evidence: readonly string[]
  }
  /** The running kernel. */
  kernel: {
    /** uname -r. */
    release: string
    /** uname -m. */
    arch: string
    /**
     * When secret pages count against RLIMIT_MEMLOCK: mapped, per process; or touched, per user, with nothing exempt.
     * Found by trying; null where there are no secret pages to try it on.
     */
    accounting: 'at-mmap' | 'at-touch' | null
  }
  /** RLIMIT_MEMLOCK, bytes; Infinity where unlimited. used: null where the kernel does not tell (at-touch). */
  memlock: {
    /** The limit that holds, bytes. */
    soft: number
    /** How far this process may raise it, bytes. */
    hard: number
    /** Locked by this process, bytes. */
    used: number | null
    /** Whether CAP_IPC_LOCK lifts the limit, on kernels that count at mmap. */
    capIpcLock: boolean
  }
  /** How a sealed secret is closed. */
  sealing: 'pkey' | 'mprotect' | 'none'
  /** What the preload library does in this process. */
  preload: PreloadStatus
  /** What else decides who can look into this process. */
  process: {
    /** PR_GET_DUMPABLE: false after {@link harden}. */
    dumpable: boolean
    /** RLIMIT_CORE, bytes; Infinity where unlimited. */
    coreLimit: number
    /** The mode of /proc/self/status: 0 none, 1 strict, 2 a filter. */
    seccomp: 0 | 1 | 2
    /** An inspector is open, or SIGUSR1 would open one. */
    inspector: boolean
    /** The machine has swap space in use. Secret and locked pages never go there. */
    swap: boolean
    /** This process has secret mappings, while which the kernel refuses to hibernate. */
    holdsHibernation: boolean
  }
}
