import { SecretMemoryError } from './errors';
import type { Failure } from './failures';
export declare function isLimit(failure: Failure): boolean;
/** ERR_MEMFD_SECRET_LIMIT: which limit, what this process uses of it, and how to raise it. */
export declare function limitError(failure: Failure, byteLength: number, lockedBytes: number): SecretMemoryError;
/** Tells who listens that a limit was met, and answers the error to throw. */
export declare function meetLimit(failure: Failure, byteLength: number, lockedBytes: number): SecretMemoryError;
