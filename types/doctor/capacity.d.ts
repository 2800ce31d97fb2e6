import type { Support } from '../support';
/** RLIMIT_MEMLOCK holds: an at-touch kernel exempts nobody from it for secret pages. */
export declare function isLimited({ backing, kernel, memlock }: Support): boolean;
/** How many 32-byte secrets fit into what is left of the limit of locked memory; Infinity where none holds. */
export declare function secretsThatFit(support: Support): number;
