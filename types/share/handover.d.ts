import { type PathLike } from 'node:fs';
import { type SecretOptions } from '../arguments';
import { type SecretBuffer } from '../secret-buffer';
/** Who the other end of a handover may be. */
export interface PeerOptions {
    /** The user id that the other end must have (SO_PEERCRED). Default: this process's own. */
    uid?: number | 'any';
    /** Ends the handover with its reason. */
    signal?: AbortSignal;
}
/** Of {@link sendSecret}. */
export interface SendOptions extends PeerOptions {
    /** Tells secrets apart; at most 255 bytes of UTF-8. Not secret. Default: empty. */
    name?: string;
}
/** Of {@link receiveSecret}. */
export interface ReceiveOptions extends PeerOptions, SecretOptions {
    /** Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE, at both ends. */
    maxBytes?: number;
}
/**
 * Sends a copy of a secret to the process that listens at a path by {@link receiveSecret}, or is at the other end of a
 * connected Unix stream socket, whose descriptor stays open. Resolves once the other end has its own copy. A descriptor
 * of the copy is open only until it is sent and received.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_PEER where the other end has another user id, refuses or goes away;
 *   ERR_MEMFD_SECRET_UNAVAILABLE where the backing is not memfd_secret; ERR_MEMFD_SECRET_LIMIT; the signal's reason;
 *   system errors: ENOENT and ECONNREFUSED where nobody listens at the path, ENOTSOCK.
 */
export declare function sendSecret(to: PathLike | number, secret: SecretBuffer, options?: SendOptions): Promise<void>;
/**
 * Receives a secret: listens at a path, with mode 0600 (0666 where another user is let in by `uid`, which is checked),
 * until one sender has connected, or reads from a connected Unix stream socket, whose descriptor stays open. The
 * descriptor that comes is checked as open() checks one, copied into pages of this process and closed. A socket file of
 * this user that nobody listens at is replaced.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_PEER where the sender has another user id or goes away;
 *   ERR_MEMFD_SECRET_BAD_HANDLE for another message or no secret descriptor; ERR_MEMFD_SECRET_TOO_LARGE;
 *   ERR_MEMFD_SECRET_LIMIT; the signal's reason; system errors: EADDRINUSE, EACCES, ENOTSOCK.
 */
export declare function receiveSecret(at: PathLike | number, options?: ReceiveOptions): Promise<{
    /** As the sender named it. */
    name: string;
    /** The caller's to dispose. */
    secret: SecretBuffer;
}>;
