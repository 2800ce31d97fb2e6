import { Lifetime, type LifetimeOptions } from '../lifetime';
import { type SecretBuffer } from '../secret-buffer';
/** Plain data, to be posted to a Worker of this process. It holds nothing: see {@link toWorker}. */
export interface WorkerHandle {
    /** 128 random bits. */
    readonly id: bigint;
    /** Of the secret, in bytes. */
    readonly byteLength: number;
}
/**
 * Shares a secret with Workers of this process: open() there maps the same pages. The secret lives as long as one
 * SecretBuffer over them, whichever thread's; the last to be disposed wipes. The handle does not count: keep the secret
 * until the Worker has opened it, else open() is ERR_MEMFD_SECRET_BAD_HANDLE. No descriptor is ever open.
 *
 * A secret that shares its page with others moves to pages of its own.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT where there is no room for those; ERR_MEMFD_SECRET_UNAVAILABLE where
 *   it would have to move while a view of it is open, or lives in the JavaScript heap.
 */
export declare function toWorker(secret: SecretBuffer): WorkerHandle;
/** Maps the pages behind a handle once more, sealed as the secret is. */
export declare function openShared(handle: WorkerHandle, options: LifetimeOptions): Lifetime;
