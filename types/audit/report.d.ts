import type { Copy } from './scan';
/** A line for each copy. */
export declare function listOf(copies: readonly Copy[]): string;
