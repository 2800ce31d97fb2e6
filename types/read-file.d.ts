import { type PathLike } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type SecretOptions } from './arguments';
import type { Lifetime } from './lifetime';
/** How text or bytes that are read become a secret. */
export interface ReadOptions extends SecretOptions {
    /** Decoded inside secret memory; malformed input is ERR_MEMFD_SECRET_BAD_ENCODING. */
    decode?: 'hex' | 'base64' | 'base64url';
    /** Drops one trailing \n or \r\n. */
    trimNewline?: boolean;
    /** In bytes, before decoding. Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE, never a truncation. */
    maxBytes?: number;
}
/** As {@link ReadOptions}, for what can be waited for. */
export interface AsyncReadOptions extends ReadOptions {
    /** Ends the reading with its reason; what was read until then is wiped. */
    signal?: AbortSignal;
}
export declare const DEFAULT_MAX_BYTES: number;
/** Checked before anything is read: a mistake must not leave half a pipe consumed. */
export declare function checkReadOptions(options: AsyncReadOptions): void;
export declare function readFileIntoSync(file: PathLike | number, options: ReadOptions): Lifetime;
export declare function readFileInto(file: PathLike | FileHandle | number, options: AsyncReadOptions): Promise<Lifetime>;
