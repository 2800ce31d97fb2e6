import { statSync } from 'node:fs'
import { constants } from 'node:os'
import { ATTACKER_PROGRAM } from './paths'

/**
 * Throws where the attacker program is missing. From then on a signal that ends the process lets its 'exit' listeners run
 * first: no file with a secret stays.
 */
export function prepareToAttack(): void {
  // Not existsSync: access(2) leaves out the capabilities by which a clone of root's is reached.
  if (statSync(ATTACKER_PROGRAM, { throwIfNoEntry: false }) === undefined) {
    throw new Error(`Expected the attacker program at ${ATTACKER_PROGRAM} but found none: run 'npm run build'`)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]))
  }
}
