import type { Trial } from './evidence';
export declare const NOT_TRIED: Trial;
export declare const WORKS: Trial;
/** Whether a system call is first tried in a throw-away child: a filter may answer it by a deadly signal. */
export declare function isFiltered(): boolean;
/** An answer of the addon's: 0, a failure, or the signal that a filter kills with. */
export declare function toTrial(answer: number): Trial;
/** Tries memfd_secret(2) on its whole path: create, size, map, prefault, close. Never kills. */
export declare function trySecretmem(): Trial;
/** Tries the fallback on its whole path. Never kills. */
export declare function tryMlock(): Trial;
/** When the kernel counts a secret page, found out by trying; null where it cannot be tried. */
export declare function findAccounting(): 'at-mmap' | 'at-touch' | null;
