import type { Reason } from '../support';
import type { Evidence, Runtime } from './evidence';
/** What a service with a few hundred keys needs, as the hints name it: 64 MiB. */
export declare const SUGGESTED_MEMLOCK: number;
/** How to raise RLIMIT_MEMLOCK where this process runs, to a number that has room for needed bytes. */
export declare function memlockHint(runtime: Runtime, needed?: number): string;
/** How to raise RLIMIT_NOFILE, or the system's limit. */
export declare function descriptorHint(errno: string | null): string;
/** What an operator can do about a reason: exact parameters and settings. */
export declare function hintFor(reason: Reason, evidence: Evidence): string;
