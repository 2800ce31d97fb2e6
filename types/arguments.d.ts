import { type Backing } from './backing';
/** Memory that bytes are copied from or to: a Buffer, any typed array, a DataView, an ArrayBuffer. Not shared memory. */
export type Bytes = NodeJS.ArrayBufferView | ArrayBuffer;
/** How a secret is to be kept. */
export interface SecretOptions {
    /** Weakest backing accepted. Default: the policy's, itself 'mlock' on Linux and 'heap' elsewhere. */
    minBacking?: Backing;
    /**
     * Closed at rest, by a protection key or else by mprotect(2): use() looks at a copy, which is wiped at its end, and
     * `bytes` throws. At most 1,073,741,808 bytes. Default: the policy's, itself false.
     */
    sealed?: boolean;
    /** A mapping of its own between guard pages, not a slot of the arena. Implied above 2,032 bytes. */
    isolated?: boolean;
}
/** The longest secret, in bytes: 2 GiB less one. */
export declare const MOST_BYTES = 2147483647;
/** A byte length of a new secret. Not 0: an empty key is the worst outcome, since crypto takes one without a word. */
export declare function checkByteLength(value: unknown, name?: string, most?: number): number;
/** An offset into a sequence: a whole number from 0 to most. */
export declare function checkOffset(value: unknown, name: string, most: number): number;
/**
 * The memory of a Buffer, typed array, DataView or ArrayBuffer, of this realm or another; null for anything else. One
 * that is detached is refused, lest it pass for an empty one.
 */
export declare function asBytes(value: unknown, name: string): Uint8Array | null;
export declare function checkOptions<O extends SecretOptions>(options: O | undefined): O;
export declare function checkFunction(value: unknown, name: string): void;
/** An encoding of Node's own; undefined is utf8. */
export declare function checkEncoding(value: unknown): BufferEncoding;
