/// <reference types="node" preserve="true" />
/** For {@link memfdSecret}: the descriptor is closed on execve(2). The FD_CLOEXEC that the man page names is EINVAL. */
export declare const O_CLOEXEC = 524288;
/**
 * memfd_secret(2): a new descriptor, open until fs.closeSync; while it is, another process with the right to trace this
 * one can take it. flags: 0 or {@link O_CLOEXEC}; default O_CLOEXEC. Throws a system error: EINVAL, ENOSYS, EMFILE…
 */
export declare function memfdSecret(flags?: number): number;
/**
 * Maps length bytes of a secret descriptor, shared and prefaulted, between guard pages; a file that has no size yet is
 * given that of length, rounded up to pages. The descriptor stays open. Throws a system error: EAGAIN or EFAULT at the
 * limit of locked memory, EINVAL for another kind of descriptor or a length past the end of the file, EBADF.
 */
export declare function map(fd: number, length: number): ArrayBuffer;
/**
 * Detaches the ArrayBuffer of {@link map} and gives its pages back at once; its range of addresses stays taken until
 * in-flight I/O is over. The contents are not wiped: another mapping of the descriptor may live. Throws a system error,
 * EINVAL, for an ArrayBuffer that is not of map(), or unmapped already.
 */
export declare function unmap(arrayBuffer: ArrayBuffer): void;
