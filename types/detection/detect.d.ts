import type { Backing } from '../backing';
import type { Conclusion, Trial } from './evidence';
/** Whether RLIMIT_MEMLOCK does not hold this process, under the accounting at mmap and for mlock(2). */
export declare function hasIpcLock(status: string | null): boolean;
/** Whether memfd_secret serves now, and why not. Every call tries anew. */
export declare function detectSecretmem(): Conclusion;
/** Whether a limit was met, which says that the call itself works. */
export declare function isLimitReason(reason: Conclusion['reason']): boolean;
/** What this process can have, before any policy. */
export interface Best {
    backing: Backing;
    memfdSecret: Conclusion;
    /** The fallback's trial; not tried where it is not needed. */
    mlock: Trial;
}
/** A limit never weakens the backing: the secret that meets it is an error. */
export declare function detectBest(): Best;
