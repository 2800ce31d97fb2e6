import type { Backing } from '../backing';
import type { Conclusion, Trial } from './evidence';
/** Whether RLIMIT_MEMLOCK does not hold this process, under the accounting at mmap and for mlock(2). */
export declare function hasIpcLock(status: string | null): boolean;
/** Whether a limit was met, which says that the call itself works. */
export declare function isLimitReason(reason: Conclusion['reason']): boolean;
/** What this process can have, before any policy. */
export interface Best {
    backing: Backing;
    memfdSecret: Conclusion;
    trial: Trial;
}
/** Tried once a process and thread; again only where a limit was met, which can be raised. */
export declare function detectBest(): Best;
