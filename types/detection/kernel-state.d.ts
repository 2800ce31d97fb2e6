import type { Evidence } from './evidence';
/** What the kernel itself says of memfd_secret(2), apart from what a filter may answer in its place. */
export interface KernelState {
    state: 'absent' | 'off' | 'on' | 'unknown';
    /** What it was told from. */
    because: string;
}
/** The first that tells, surest first. */
export declare function kernelState(evidence: Evidence): KernelState;
/** On arm64 pages leave the direct map only with rodata=full, or debug_pagealloc. Null: not known. */
export declare function hasFullRodata(evidence: Evidence): boolean | null;
