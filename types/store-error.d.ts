import { SecretMemoryError } from './errors';
import { type Store } from './native';
/** The error for a number that the store answered. */
export declare function errorOf(answer: number, byteLength: number, store: Store): SecretMemoryError;
