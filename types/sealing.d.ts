import type { LifetimeOptions } from './lifetime';
import { type Store } from './native';
import type { Support } from './support';
/** How the secrets of a store are sealed, or would be: tried once. */
export declare function sealingOf(store: Store | null): Support['sealing'];
/**
 * Before the first sealed secret: chooses how this process seals, once.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where the store cannot seal.
 */
export declare function requireSealing(store: Store): void;
/** Options as the caller gave them but for one. Those that are inherited stay too, where a spread would drop them. */
export declare function withSealed(sealed: boolean, { minBacking, isolated }: LifetimeOptions): LifetimeOptions;
/** What is made of a sealed secret is sealed too, unless the caller says otherwise. */
export declare function sealedAs(sealed: boolean, options: LifetimeOptions): LifetimeOptions;
/** For what lives only while a secret is made: it is open all that time. */
export declare function unsealed(options: LifetimeOptions): LifetimeOptions;
