import type { ReadOptions } from './read-file';
import { SecretMemoryError } from './errors';
import { Lifetime } from './lifetime';
import type { SecretView } from './view';
/** Secret memory that bytes of unknown number are read into. */
export declare class GrowingSecret {
    #private;
    constructor(capacity: number, maxBytes: number, options: ReadOptions);
    get length(): number;
    get memory(): Lifetime;
    /** Bytes that can be read in now; at least one. One more than maxBytes is let in, to tell the end from too much. */
    room(): number;
    /** Lets read put bytes at an offset of a view; answers what it answered. */
    fill(read: (view: SecretView, offset: number) => number): number;
    fill(read: (view: SecretView, offset: number) => Promise<number>): Promise<number>;
    /** Copies bytes in, as far as maxBytes allows. */
    append(bytes: Uint8Array): void;
    /** Counts bytes that were put behind those that are there. */
    note(count: number): number;
    destroy(): void;
}
export declare function tooLarge(maxBytes: number): SecretMemoryError;
/** How many bytes at the end are one newline. */
export declare function newlineLength(memory: Lifetime, length: number): number;
/** What was read, as a secret of its exact length: trimmed and decoded as asked. The reader destroys its own memory. */
export declare function finishReading(read: GrowingSecret, options: ReadOptions): Lifetime;
