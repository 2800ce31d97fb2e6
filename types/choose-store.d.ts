import { type Backing } from './backing';
import { type Store } from './native';
/** Where the secrets of this process live, and what protects them. */
export interface Chosen {
    store: Store;
    backing: Backing;
}
/**
 * The store of this process, chosen at the first secret.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where it is weaker than what the caller or the policy accepts.
 */
export declare function chooseStore(wanted: Backing | undefined): Chosen;
/** The store that is in use; null before the first secret. */
export declare function chosenStore(): Chosen | null;
