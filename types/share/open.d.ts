import { type SecretOptions } from '../arguments';
import { type SecretBuffer } from '../secret-buffer';
import { type WorkerHandle } from './to-worker';
/** A descriptor that this process was given. */
export interface DescriptorHandle {
    /** Its number here: for a child, its place in stdio. */
    fd: number;
    /** As toProcess() told it: another size is ERR_MEMFD_SECRET_BAD_HANDLE. */
    byteLength?: number;
    /** As toProcess() told it: another inode is ERR_MEMFD_SECRET_BAD_HANDLE. */
    ino?: string;
}
/** Of {@link open}. */
export interface OpenOptions extends SecretOptions {
    /** Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE. */
    maxBytes?: number;
}
/**
 * Opens what toWorker() or toProcess() gave. A WorkerHandle: the same pages, counted; the last SecretBuffer over them to
 * be disposed wipes. A descriptor, or a record with one: checked by fstat, copied into pages of this process and closed;
 * where that fails it stays open.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_BAD_HANDLE for an id that nobody holds any more, and for a descriptor that
 *   is no secret, or not of the size or the inode told; ERR_MEMFD_SECRET_TOO_LARGE; ERR_MEMFD_SECRET_LIMIT.
 */
export declare function open(handle: WorkerHandle | DescriptorHandle | number, options?: OpenOptions): SecretBuffer;
