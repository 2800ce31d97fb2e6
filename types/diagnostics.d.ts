import type { Channel } from 'node:diagnostics_channel';
import type { Backing } from './backing';
import type { Reason } from './support';
/** Of `memfd-secret:fallback`: once a process, at its first secret, where that is not in secret memory. */
export interface FallbackMessage {
    backing: Backing;
    reason: Reason | null;
    errno: string | null;
    evidence: readonly string[];
    hint: string | null;
}
/** Of `memfd-secret:limit`: each time a secret meets a limit, besides the error that is thrown. */
export interface LimitMessage {
    byteLength: number;
    /** Negative, as Node's own system errors have it. */
    errno: number;
    syscall: string;
}
/** Of `memfd-secret:undisposed`: a secret was collected, and wiped, without dispose(). */
export interface UndisposedMessage {
    byteLength: number;
    backing: Backing;
    /** Where it was made. */
    stack: string | undefined;
}
export declare const fallbackChannel: () => Channel;
export declare const limitChannel: () => Channel;
export declare const undisposedChannel: () => Channel;
