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
  memfdSecret: {
    available: boolean
    reason: Reason | null
    /** The name of the errno that the trial ended with: ENOSYS, EPERM, EAGAIN… */
    errno: string | null
    /** What to do about it, for an operator. */
    hint: string | null
    /** The facts that the reason was told from, and what could not be read. */
    evidence: readonly string[]
  }
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
  memlock: { soft: number; hard: number; used: number | null; capIpcLock: boolean }
  /** How a sealed secret is closed. */
  sealing: 'pkey' | 'mprotect' | 'none'
  preload: PreloadStatus
  process: {
    dumpable: boolean
    /** RLIMIT_CORE, bytes; Infinity where unlimited. */
    coreLimit: number
    seccomp: 0 | 1 | 2
    /** An inspector is open, or SIGUSR1 would open one. */
    inspector: boolean
    /** The machine has swap space in use. Secret and locked pages never go there. */
    swap: boolean
    /** This process has secret mappings, while which the kernel refuses to hibernate. */
    holdsHibernation: boolean
  }
}
