import { type Policy } from './policy';
/**
 * Tightens the policy of the process, any number of times. Loosening is ERR_MEMFD_SECRET_POLICY, and nothing is changed
 * then. reserveBytes is prefaulted at once in this environment: ERR_MEMFD_SECRET_LIMIT where it is not to be had,
 * ERR_MEMFD_SECRET_UNAVAILABLE where the backing is weaker than minBacking.
 */
export declare function configure(wanted: Partial<Policy>): Policy;
