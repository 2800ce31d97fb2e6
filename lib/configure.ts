import { strengthOf } from './backing'
import { chooseStore, chosenStore } from './choose-store'
import { noteReserve, type Policy, policy, tighten } from './policy'
import { failureOf } from './failures'
import { meetLimit } from './limit-error'
import { stats } from './stats'

/**
 * Tightens the policy of the process, any number of times. Loosening is ERR_MEMFD_SECRET_POLICY, and nothing is changed
 * then. reserveBytes is prefaulted at once in this environment: ERR_MEMFD_SECRET_LIMIT where it is not to be had,
 * ERR_MEMFD_SECRET_UNAVAILABLE where the backing is weaker than minBacking.
 */
export function configure(wanted: Partial<Policy>): Policy {
  const { reserveBytes, minBacking } = tighten(wanted)
  // A service that asks at start-up wants to hear at once that the process cannot keep to it.
  if ((wanted.minBacking !== undefined && chosenStore() !== null) || reserveBytes > 0) {
    const { store, backing } = chooseStore(minBacking)
    const answer = reserveBytes > 0 ? store.reserve(strengthOf(backing), reserveBytes) : 0
    if (answer < 0) throw meetLimit(failureOf(answer), reserveBytes, stats().lockedBytes)
    noteReserve(reserveBytes)
  }
  return { ...policy() }
}
