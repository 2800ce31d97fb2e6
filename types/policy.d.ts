import { type Backing } from './backing';
/** What every secret of this process is held to. {@link configure} tightens it and never loosens it. */
export interface Policy {
    /** The weakest backing accepted. Default: 'mlock' on Linux, 'heap' elsewhere. */
    minBacking: Backing;
    /** Whether secrets are made sealed unless said otherwise. Default false. */
    sealed: boolean;
    /** Bytes of locked memory that are prefaulted at once and never given back. Default 0. */
    reserveBytes: number;
}
/** The weakest backing that a secret may have: what the caller accepts, but never less than what the policy asks. */
export declare function acceptedBacking(wanted: Backing | undefined): Backing;
/** Whether a secret is sealed where the caller says nothing. To be asked after acceptedBacking, which brings it up to date. */
export declare function sealedByPolicy(): boolean;
export declare function policy(): Readonly<Policy>;
/** Checks and takes over a policy; answers how many bytes are still to be reserved. All or nothing. */
export declare function tighten(wanted: Partial<Policy>): Readonly<Policy>;
/** Noted once the memory is there: a reserve that met a limit may be asked for again. */
export declare function noteReserve(byteLength: number): void;
