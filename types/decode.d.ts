import { SecretMemoryError } from './errors';
import { Lifetime, type LifetimeOptions } from './lifetime';
import { type TextEncoding } from './native';
export declare function isTextEncoding(value: unknown): value is TextEncoding;
export declare function checkTextEncoding(value: unknown): TextEncoding;
export declare function badEncoding(encoding: TextEncoding): SecretMemoryError;
/** Decodes the first length bytes of text, itself in secret memory, into a new secret; disposes of neither. */
export declare function decodeInSecret(text: Lifetime, length: number, encoding: TextEncoding, options: LifetimeOptions): Lifetime;
/** Decodes a JavaScript string; the string itself is beyond wiping, but nothing else of it stays behind. */
export declare function decodeString(text: string, encoding: TextEncoding, options: LifetimeOptions): Lifetime;
