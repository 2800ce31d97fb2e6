import { stats } from '../../lib/stats'

/** How many secrets were made and not disposed. Those that were collected count too: a collection may come at any time. */
export function liveSecrets(): number {
  const { secrets, collectedUndisposed } = stats()
  return secrets + collectedUndisposed
}
