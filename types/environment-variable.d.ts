import type { Lifetime } from './lifetime';
import { type ReadOptions } from './read-file';
/**
 * The value of an environment variable, copied from the environment block itself; then the value there is zeroed, and
 * process.env loses it. Nothing is lost where the secret cannot be made.
 */
export declare function readEnvironment(given: unknown, options: ReadOptions): Lifetime;
