import type { Lifetime, LifetimeOptions } from './lifetime';
export declare function makeRandom(byteLength: number, options: LifetimeOptions): Lifetime;
export declare function makeCopy(source: Uint8Array, options: LifetimeOptions): Lifetime;
/** The bytes of each part, joined. */
export declare function makeJoined(parts: readonly Lifetime[], options: LifetimeOptions): Lifetime;
export declare function makeSlice(source: Lifetime, start: number, end: number, options: LifetimeOptions): Lifetime;
/** Copies the sources, joined, and zeroes them all once the secret holds them: a limit met on the way loses nothing. */
export declare function makeTaken(sources: readonly Uint8Array[], options: LifetimeOptions): Lifetime;
/** Text of a JavaScript string, which itself stays in V8's heap. */
export declare function makeText(text: string, encoding: unknown, options: LifetimeOptions): Lifetime;
export declare function makeFrom(source: unknown, encoding: unknown, options: LifetimeOptions): Lifetime;
