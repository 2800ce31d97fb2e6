export type SecretErrorCode = 'ERR_MEMFD_SECRET_UNAVAILABLE' | 'ERR_MEMFD_SECRET_LIMIT' | 'ERR_MEMFD_SECRET_DISPOSED' | 'ERR_MEMFD_SECRET_SEALED' | 'ERR_MEMFD_SECRET_VIEW_ESCAPED' | 'ERR_MEMFD_SECRET_CORRUPTED' | 'ERR_MEMFD_SECRET_TOO_LARGE' | 'ERR_MEMFD_SECRET_BAD_ENCODING' | 'ERR_MEMFD_SECRET_HEAP_COPY' | 'ERR_MEMFD_SECRET_BAD_HANDLE' | 'ERR_MEMFD_SECRET_POLICY' | 'ERR_MEMFD_SECRET_PEER';
/** What a {@link SecretMemoryError} knows besides its message. */
export interface ErrorDetails {
    /** A positive errno of Linux, as errno(3) numbers it, made negative as Node's own system errors have it. */
    errno?: number | undefined;
    /** The system call that answered it. */
    syscall?: string | undefined;
    /** What to do about it, for an operator. */
    hint?: string | undefined;
    cause?: unknown;
}
/**
 * Every error of this package that is not an argument's (TypeError, RangeError) or fs's own. The message ends with the
 * hint; no message, stack or property holds a byte of a secret.
 */
export declare class SecretMemoryError extends Error {
    readonly code: SecretErrorCode;
    readonly errno?: number;
    readonly syscall?: string;
    readonly hint?: string;
    constructor(code: SecretErrorCode, message: string, details?: ErrorDetails);
    get name(): string;
}
/** A word for a value that was not expected. Never its contents: it may be the secret, passed in the wrong place. */
export declare function describe(value: unknown): string;
/** TypeError ERR_INVALID_ARG_TYPE. */
export declare function invalidType(what: string, name: string, received: unknown): TypeError;
/** TypeError ERR_INVALID_ARG_VALUE; received: words that hold nothing secret. */
export declare function invalidValue(what: string, name: string, received: string): TypeError;
/** RangeError ERR_OUT_OF_RANGE. */
export declare function outOfRange(what: string, name: string, received: number | string): RangeError;
/** TypeError ERR_UNKNOWN_ENCODING. The name of an encoding may be a secret in the wrong place: it is not shown. */
export declare function unknownEncoding(what: string, received: unknown): TypeError;
export declare function disposed(): SecretMemoryError;
export declare function corrupted(): SecretMemoryError;
export declare function viewEscaped(): SecretMemoryError;
