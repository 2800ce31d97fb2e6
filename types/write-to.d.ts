import type { Lifetime } from './lifetime';
/** Writes all of the secret by write(2) from its page, blocking; answers how many bytes that were. */
export declare function writeSecret(secret: Lifetime, descriptor: unknown): number;
