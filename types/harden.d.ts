/** What {@link harden} applied. */
export interface Hardened {
    /** RLIMIT_CORE is 0. */
    coreLimit: boolean;
    /** PR_SET_DUMPABLE is 0: no ptrace by the same user. */
    dumpable: boolean;
    /** SIGUSR1 opens no inspector. */
    inspectorSignal: boolean;
}
/**
 * Makes this process harder to look into, for good: RLIMIT_CORE becomes 0, soft and hard (children inherit it);
 * PR_SET_DUMPABLE becomes 0, so that ptrace and pidfd_getfd by the same user are refused (debuggers and profilers too,
 * and /proc/self belongs to root: without privileges /proc/self/mem, environ and fd cannot be opened any more); and
 * SIGUSR1 no longer opens the inspector (in the main thread; where the program listens to SIGUSR1 it is left alone).
 * Never throws: what it could not apply is false. {@link probe} shows the state.
 */
export declare function harden(): Hardened;
