import type { Lifetime } from '../lifetime';
import { type SecretBuffer } from '../secret-buffer';
/** A descriptor of a copy of a secret, and what open() checks it by. */
export interface ProcessHandle extends Disposable {
    /** For the stdio of a child, where it gets the number of its place there. */
    readonly fd: number;
    /** Of the secret, in bytes. */
    readonly byteLength: number;
    /** The inode, in decimal; in no two secrets of one boot the same. */
    readonly ino: string;
    /** Closes the descriptor, once. What a child was given stays open there. */
    close(): void;
}
/** A close-on-exec secret descriptor of exactly the secret's size, holding a copy. The caller closes it. */
export declare function copyToDescriptor(lifetime: Lifetime, what: string): number;
/**
 * Copies a secret behind a descriptor, to be put in a child's stdio and opened there. While the descriptor is open, root
 * and whoever may trace this process can take it (pidfd_getfd): close the handle as soon as the child has started.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT; ERR_MEMFD_SECRET_UNAVAILABLE where the backing is not memfd_secret.
 */
export declare function toProcess(secret: SecretBuffer): ProcessHandle;
