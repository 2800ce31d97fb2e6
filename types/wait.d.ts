/** By what is called of it: one of another realm, or of a polyfill, serves as well. */
export declare function checkSignal(signal: unknown, name?: string): void;
/** Looks again and again until there is an answer that is not null. Yields to the event loop before each look but the first. */
export declare function until<T>(look: () => T | null, signal: AbortSignal | undefined): Promise<T>;
/** Resolves once read(2) of the descriptor would not block; asked for anew at each look, since a FileHandle may be closed. */
export declare function untilReadable(descriptor: () => number, signal: AbortSignal | undefined): Promise<void>;
/** Rejects as soon as the signal is aborted; what the promise gives later is the caller's to clean up. */
export declare function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T>;
