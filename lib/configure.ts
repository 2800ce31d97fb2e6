import { strengthOf } from './backing'
import { chooseStore, chosenStore } from './choose-store'
import { noteReserve, type Policy, policy, tighten } from './policy'
import { requireSealing } from './sealing'
import { errorOf } from './store-error'

/**
 * Tightens the policy of the process, any number of times. Loosening is ERR_MEMFD_SECRET_POLICY, and nothing is changed
 * then. reserveBytes is prefaulted at once in this environment: ERR_MEMFD_SECRET_LIMIT where it is not to be had,
 * ERR_MEMFD_SECRET_UNAVAILABLE where the backing is weaker than minBacking.
 */
export function configure(wanted: Partial<Policy>): Policy {
  const { reserveBytes, minBacking, sealed } = tighten(wanted)
  // A service that asks at start-up wants to hear at once that the process cannot keep to it.
  const tightened = wanted.minBacking !== undefined || wanted.sealed === true
  if ((tightened && chosenStore() !== null) || reserveBytes > 0) {
    const { store, backing } = chooseStore(minBacking)
    if (sealed) requireSealing(store)
    const answer = reserveBytes > 0 ? store.reserve(strengthOf(backing), reserveBytes, sealed) : 0
    if (answer < 0) throw errorOf(answer, reserveBytes, store)
    noteReserve(reserveBytes)
  }
  return { ...policy() }
}
