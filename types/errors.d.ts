/**
 * What went wrong, for a program. What each is thrown for: the docstrings of the methods that throw it.
 *
 * - `ERR_MEMFD_SECRET_UNAVAILABLE`: nothing as strong as what was asked for is to be had here.
 * - `ERR_MEMFD_SECRET_LIMIT`: no room: locked memory, open files or mappings. Works again once secrets were disposed.
 * - `ERR_MEMFD_SECRET_DISPOSED`: used after its end.
 * - `ERR_MEMFD_SECRET_SEALED`: closed at rest, and asked for what needs it open for good.
 * - `ERR_MEMFD_SECRET_VIEW_ESCAPED`: a use() would have answered its view.
 * - `ERR_MEMFD_SECRET_CORRUPTED`: native code wrote past the end of a view.
 * - `ERR_MEMFD_SECRET_TOO_LARGE`: more than maxBytes.
 * - `ERR_MEMFD_SECRET_BAD_ENCODING`: no hex or base64, strictly read.
 * - `ERR_MEMFD_SECRET_HEAP_COPY`: OpenSSL would copy a key to ordinary memory.
 * - `ERR_MEMFD_SECRET_BAD_HANDLE`: no secret, or not the one told, behind a handle or descriptor.
 * - `ERR_MEMFD_SECRET_POLICY`: configure() would have loosened the policy.
 * - `ERR_MEMFD_SECRET_PEER`: the other end of a handover is not who it should be, refuses, or went away.
 */
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
    /** What went wrong, for a program. */
    readonly code: SecretErrorCode;
    /** The error number of the system call, negative as in Node's own system errors; missing where none failed. */
    readonly errno?: number;
    /** The system call that failed. */
    readonly syscall?: string;
    /** What to do about it, for an operator. The message ends with it. */
    readonly hint?: string;
    /** Always 'SecretMemoryError'. */
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
export declare function sealedAtRest(): SecretMemoryError;
export declare function viewEscaped(): SecretMemoryError;
