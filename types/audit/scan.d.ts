import type { Lifetime } from '../lifetime';
import { type CopyKind } from './classify';
import type { Memory } from './mappings';
/** Bits of audit::Encodings (src/audit/patterns.h), in this order. */
export declare const ENCODINGS: readonly ["raw", "reversed", "hex", "base64"];
/** A way of writing bytes: as they are, last first (as bignum libraries keep them), or as text. */
export type AuditEncoding = (typeof ENCODINGS)[number];
/** Of a shorter secret, copies would be found that are none: audit::kShortestSought. */
export declare const SHORTEST_SOUGHT = 8;
/** Where a search ends: audit::kMostHits. */
export declare const MOST_COPIES = 1000;
/** A place in ordinary memory where a secret lies. */
export interface Copy {
    /** Of its first byte: 0x… */
    address: string;
    /** The line of /proc/PID/maps: addresses, permissions, and the name where it has one. */
    mapping: string;
    /** What memory that is. */
    kind: CopyKind;
    /**
     * How it is written: raw, reversed, hex, base64 or base64url; ending in -utf16le for two bytes a character, as V8
     * keeps some strings.
     */
    encoding: string;
}
export interface ScanOptions {
    encodings: readonly AuditEncoding[];
    signal?: AbortSignal | undefined;
    /** Called now and then with the part that is done: 0 to 1. */
    onProgress?: ((part: number) => void) | undefined;
}
export interface Scanned {
    copies: Copy[];
    /** Bytes that were read. */
    bytes: number;
}
/** Searches memory for copies of a secret, in a thread of libuv's pool. At most {@link MOST_COPIES}. */
export declare function scan(secret: Lifetime, memory: () => Memory, options: ScanOptions): Promise<Scanned>;
