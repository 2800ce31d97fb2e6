import { SecretMemoryError } from '../errors';
import type { Lifetime } from '../lifetime';
import type { NativeWays } from '../native-ways';
/** The addon, where it keeps the secrets of this process. */
export declare function requireShareable(secret: Lifetime, what: string): NativeWays;
export declare function badHandle(expected: string, received: string, hint?: string): SecretMemoryError;
