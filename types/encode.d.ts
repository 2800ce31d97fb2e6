import type { Lifetime, LifetimeOptions } from './lifetime';
/** The bytes as text, in secret memory from the first character on. */
export declare function encodeInSecret(secret: Lifetime, encoding: unknown, options: LifetimeOptions): Lifetime;
