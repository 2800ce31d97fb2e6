import type { Support } from './support';
/**
 * What protects the secrets of this process, and if it is not memfd_secret, why and what to do. Tries the system call's
 * whole path once (in a throw-away child first, where a seccomp filter is on, since a filter may kill), and then reads
 * only what can change: under a millisecond. Never throws, never kills.
 */
export declare function probe(): Support;
