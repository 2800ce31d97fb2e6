/** Numbers for a metrics scrape: of this environment (the main thread or one worker), in bytes where not counts. */
export interface Stats {
    /** Live secrets. */
    secrets: number;
    /** Their bytes. */
    bytes: number;
    /** Locked memory mapped for them, free slots included. */
    lockedBytes: number;
    /** RLIMIT_MEMLOCK of the process; Infinity where unlimited. */
    limitBytes: number;
    /** Mapped and free. */
    freeSlotBytes: number;
    /** Of configure({ reserveBytes }). */
    reservedBytes: number;
    /** Wiped, but kept from reuse while a view or I/O in flight may still point there. */
    quarantinedBytes: number;
    /** Disposed secrets that wait for an open use(). */
    pendingDisposals: number;
    /** Wiped because they were collected without dispose(). */
    collectedUndisposed: number;
    /** 1 where this process uses a weaker backing than memfd_secret. */
    fallbacks: number;
}
/** Cheap enough for a metrics scrape: one small file of /proc and a call of the addon, some 30 µs. Never throws. */
export declare function stats(): Stats;
