import type { TextEncoding } from './native';
/** The rules of src/codec/text.cc, in memory that can be wiped: no string is made. Constant time cannot be had here. */
export declare function decodeOnHeap(text: Uint8Array, encoding: TextEncoding): Uint8Array | null;
