import type { KeyObject } from 'node:crypto';
import { type SecretOptions } from './arguments';
import type { Lifetime } from './lifetime';
declare const TYPES: readonly ["secret", "private"];
declare const FORMATS: readonly ["pem", "der"];
declare const ENCODINGS: readonly ["pkcs1", "pkcs8", "sec1"];
/** Of KeyOptions, the passphrase already told to be a secret. */
export interface KeyChoices {
    type?: (typeof TYPES)[number] | undefined;
    format?: (typeof FORMATS)[number] | undefined;
    encoding?: (typeof ENCODINGS)[number] | undefined;
    passphrase?: Lifetime | undefined;
    allowHeapCopy?: boolean | undefined;
}
export declare function checkKeyOptions(options: unknown): void;
export declare function toKeyObject(secret: Lifetime, options: KeyChoices): KeyObject;
/**
 * A secret key's bytes, or a private key as PKCS#8. The Buffer that Node exports to is wiped; what OpenSSL copied on the
 * way lies in its own heap, as the KeyObject does.
 */
export declare function fromKeyObject(key: unknown, given: ({
    format?: 'pem' | 'der';
} & SecretOptions) | undefined): Lifetime;
export {};
