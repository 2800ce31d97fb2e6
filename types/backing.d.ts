/**
 * What protects a secret, strongest first. Chosen once a process; a limit reached is an error, never a weaker backing
 * for one secret.
 */
export type Backing = 'memfd_secret' | 'mlock' | 'heap';
/** Weakest first: the index is the number that the addon knows a backing by (src/sys/pages.h). */
export declare const BACKINGS: readonly ["heap", "mlock", "memfd_secret"];
export declare function isBacking(value: unknown): value is Backing;
/** Larger is stronger. */
export declare function strengthOf(backing: Backing): number;
export declare function backingOf(strength: number): Backing;
export declare function strongerOf(one: Backing, other: Backing): Backing;
