/// <reference types="node" preserve="true" />
import type { KeyObject } from 'node:crypto';
import type { PathLike } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { inspect } from 'node:util';
import { type Bytes, type SecretOptions } from './arguments';
import type { Backing } from './backing';
import { type AsyncReadOptions, type ReadOptions } from './read-file';
import type { SecretView } from './view';
/** How the bytes of a secret are read as a key. */
export interface KeyOptions {
    /** Default: 'private' for PEM, else 'secret'. */
    type?: 'secret' | 'private';
    /** Default: 'pem' where the bytes begin as PEM does, else 'der'. */
    format?: 'pem' | 'der';
    /** Of DER; default 'pkcs8'. */
    encoding?: 'pkcs1' | 'pkcs8' | 'sec1';
    /** Of an encrypted private key. */
    passphrase?: SecretBuffer;
    /** Without the preload library OpenSSL would copy the key to the ordinary heap: refused unless this is true. */
    allowHeapCopy?: boolean;
}
/**
 * Bytes in secret memory, from creation to the wipe. Shows no byte by toString, toJSON, util.inspect, structuredClone or
 * postMessage. Every method but dispose and its kin throws SecretMemoryError ERR_MEMFD_SECRET_DISPOSED once disposed.
 *
 * Making one throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT where a limit is reached (memory can be made free by
 * disposing others), and ERR_MEMFD_SECRET_UNAVAILABLE where nothing as strong as `minBacking` is to be had.
 */
export declare class SecretBuffer implements Disposable, AsyncDisposable {
    #private;
    private constructor();
    /**
     * A secret of byteLength zeros.
     * @param byteLength 1 to 2,147,483,647.
     * @throws RangeError ERR_OUT_OF_RANGE for another number; TypeError ERR_INVALID_ARG_TYPE for no number.
     */
    static alloc(byteLength: number, options?: SecretOptions): SecretBuffer;
    /**
     * A secret of byteLength random bytes, from one getrandom(2) straight into it.
     * @param byteLength 1 to 2,147,483,647.
     * @throws RangeError ERR_OUT_OF_RANGE for another number; TypeError ERR_INVALID_ARG_TYPE for no number.
     */
    static random(byteLength: number, options?: SecretOptions): SecretBuffer;
    /**
     * A copy of source, which is left as it is: prefer {@link SecretBuffer.take}.
     * @throws RangeError ERR_OUT_OF_RANGE for an empty source; TypeError ERR_INVALID_ARG_TYPE for what holds no bytes.
     */
    static from(source: Bytes | SecretBuffer, options?: SecretOptions): SecretBuffer;
    /**
     * The bytes of a string, which itself stays in V8's heap. hex, base64 and base64url are strict. Default utf8.
     * @throws SecretMemoryError ERR_MEMFD_SECRET_BAD_ENCODING for malformed text; TypeError ERR_UNKNOWN_ENCODING.
     */
    static from(text: string, encoding?: BufferEncoding, options?: SecretOptions): SecretBuffer;
    /**
     * Copies source (a list is joined) and zeroes it. Nothing is zeroed where the secret cannot be made.
     * @throws RangeError ERR_OUT_OF_RANGE where there are no bytes, or more than 2,147,483,647.
     */
    static take(source: Bytes | readonly Bytes[], options?: SecretOptions): SecretBuffer;
    /**
     * The secrets joined into a new one; they stay as they are.
     * @throws TypeError ERR_INVALID_ARG_TYPE for what is no list of SecretBuffers; RangeError ERR_OUT_OF_RANGE for an
     *   empty list, and for more than 2,147,483,647 bytes.
     */
    static concat(list: readonly SecretBuffer[], options?: SecretOptions): SecretBuffer;
    /**
     * Reads a file straight into secret memory. A path is opened and closed; a FileHandle or descriptor is read from where
     * it stands and left open. Throws fs's own errors, ERR_MEMFD_SECRET_TOO_LARGE over maxBytes, ERR_MEMFD_SECRET_BAD_ENCODING.
     */
    static fromFile(file: PathLike | FileHandle | number, options?: AsyncReadOptions): Promise<SecretBuffer>;
    /**
     * As {@link SecretBuffer.fromFile}, blocking. A number is a descriptor: a file, a pipe, stdin.
     * @throws What fromFile rejects with.
     */
    static fromFileSync(file: PathLike | number, options?: ReadOptions): SecretBuffer;
    /**
     * Reads the chunks of a stream, a fetch body included. Each is wiped once copied where it is all of its ArrayBuffer; one
     * cut from a larger buffer, as Node's pool and HTTP parsers make them, is not: prefer {@link SecretBuffer.fromFile} of a
     * descriptor. An error or an abort closes the stream.
     * @throws SecretMemoryError ERR_MEMFD_SECRET_TOO_LARGE over maxBytes; the stream's own error; the signal's reason.
     */
    static fromStream(source: AsyncIterable<Uint8Array>, options?: AsyncReadOptions): Promise<SecretBuffer>;
    /**
     * Takes an environment variable: its bytes are copied from the process's own environment block, then zeroed there, and
     * process.env loses it. To be called first: what read the variable before, or was started before (a Worker), has a copy.
     * Throws ENOENT where there is none, ERR_INVALID_ARG_VALUE where it is empty, ERR_MEMFD_SECRET_UNAVAILABLE in a Worker.
     */
    static fromEnv(name: string, options?: ReadOptions): SecretBuffer;
    /**
     * The bytes of a secret KeyObject, or a private one as PKCS#8 (default: pem). What Node exports on the way is wiped; the
     * KeyObject itself stays in OpenSSL's heap.
     * @throws TypeError ERR_INVALID_ARG_TYPE for another value, ERR_INVALID_ARG_VALUE for a public key.
     */
    static fromKeyObject(key: KeyObject, options?: {
        format?: 'pem' | 'der';
    } & SecretOptions): SecretBuffer;
    /** In bytes; stays after dispose. */
    get byteLength(): number;
    /** What protects this secret. */
    get backing(): Backing;
    /** Whether the secret is closed at rest. */
    get sealed(): boolean;
    /** True once dispose() or destroy() was called, also while an open use() delays the wipe. Never throws. */
    get disposed(): boolean;
    /**
     * A view that lives as long as the secret, whose length is 0 after dispose. Prefer {@link SecretBuffer.use}.
     * @throws SecretMemoryError ERR_MEMFD_SECRET_SEALED for a sealed secret, which is open inside use() alone.
     */
    get bytes(): SecretView;
    /**
     * Calls fn with a view that lives until fn returns, or until the promise it returns settles; then it is detached.
     * Answers what fn answers. Throws ERR_MEMFD_SECRET_VIEW_ESCAPED where that is the view, or another over its memory.
     *
     * Of a sealed secret the view is of a copy, which all uses that are open together share: made as the first begins
     * (ERR_MEMFD_SECRET_LIMIT where there is no room for it), written back where it was changed and wiped as the last ends.
     */
    use<T>(fn: (bytes: SecretView) => T): T;
    /** Copies source over the bytes from offset on. RangeError ERR_OUT_OF_RANGE where it does not fit. */
    set(source: Bytes | SecretBuffer, offset?: number): void;
    /**
     * Copies the bytes from start to end (default: all) to target; answers how many fitted, as Buffer's copy does.
     * @throws RangeError ERR_OUT_OF_RANGE for a position past the end of either.
     */
    copyTo(target: Bytes | SecretBuffer, targetStart?: number, start?: number, end?: number): number;
    /**
     * A copy of the bytes from start to end, itself secret; negative positions count from the end.
     * @throws RangeError ERR_OUT_OF_RANGE where that is no byte.
     */
    slice(start?: number, end?: number, options?: SecretOptions): SecretBuffer;
    /**
     * Sets each byte to value.
     * @param value 0 to 255.
     * @throws RangeError ERR_OUT_OF_RANGE for another number.
     */
    fill(value: number): void;
    /**
     * Whether the bytes are the same, told in constant time in the contents. Of another length: false.
     * @throws TypeError ERR_INVALID_ARG_TYPE for what holds no bytes, ERR_INVALID_ARG_VALUE for a detached buffer.
     */
    equals(other: SecretBuffer | Bytes): boolean;
    /**
     * The bytes as text (base64url without padding), in secret memory, encoded in constant time in the contents.
     * @throws TypeError ERR_UNKNOWN_ENCODING for another encoding.
     */
    encode(encoding: 'hex' | 'base64' | 'base64url', options?: SecretOptions): SecretBuffer;
    /**
     * Writes all bytes by write(2) from the page to a pipe, socket or file, and answers how many; blocks until they are
     * written. Throws system errors: EPIPE, EBADF, ENOSPC…
     */
    writeTo(fd: number): number;
    /**
     * A KeyObject, which OpenSSL keeps in its own heap: ERR_MEMFD_SECRET_HEAP_COPY where that is ordinary memory, without
     * the preload library, unless `allowHeapCopy` is true. Throws crypto's own errors for what is no key.
     */
    toKeyObject(options?: KeyOptions): KeyObject;
    /**
     * The one way to a string, which V8 keeps and moves as it likes: for what takes nothing else. Default utf8.
     * @throws TypeError ERR_UNKNOWN_ENCODING.
     */
    revealString(encoding?: BufferEncoding): string;
    /**
     * Refuses new uses and detaches `bytes` at once; wipes as soon as no use is open (now, if none is). Idempotent.
     * Throws ERR_MEMFD_SECRET_CORRUPTED, wiped all the same, where native code wrote past its end.
     */
    dispose(): void;
    /** {@link SecretBuffer.dispose}, for `using`. */
    [Symbol.dispose](): void;
    /**
     * {@link SecretBuffer.dispose}, resolved once wiped. It rejects with what dispose() throws, also where that shows only as
     * the last open use ends, which throws it too. For `await using`.
     */
    [Symbol.asyncDispose](): Promise<void>;
    /**
     * Wipes and detaches now, open uses too: for shutdown. Idempotent.
     * @throws SecretMemoryError ERR_MEMFD_SECRET_CORRUPTED, wiped all the same, where native code wrote past its end.
     */
    destroy(): void;
    /** Byte length and backing, as in `[SecretBuffer: 32 bytes, memfd_secret]`: never a byte. Never throws. */
    toString(): string;
    /** As toString(), for JSON.stringify. */
    toJSON(): string;
    /** As toString(), for util.inspect and console.log. */
    [inspect.custom](): string;
}
