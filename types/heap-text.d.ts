import type { TextEncoding } from './native';
/** The rules of src/codec/text.cc, for the JavaScript heap, where constant time cannot be had. */
export declare function decodeOnHeap(text: Uint8Array, encoding: TextEncoding): Uint8Array | null;
