import { type Backing } from './backing';
import { SecretMemoryError } from './errors';
import type { Support } from './support';
/** What {@link assertSupport} asks for. */
export interface Requirements {
    /** The weakest backing that will do. Default: the policy's. */
    minBacking?: Backing;
    /** Whether the preload library must be active, so that Node's own OpenSSL allocates from secret pages. */
    preload?: boolean;
}
/** Why these requirements are not met; null where they are. */
export declare function unmet(support: Support, minBacking: Backing, preload: boolean): SecretMemoryError | null;
/**
 * For a service's first line: throws unless its secrets will be protected as asked, with the reason, the evidence and
 * the hint in the message.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where the backing is weaker or the preload library is missing;
 *   ERR_MEMFD_SECRET_LIMIT where a limit leaves no room for a first secret.
 */
export declare function assertSupport(requirements?: Requirements): Support;
