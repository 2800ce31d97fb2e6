import type { Backing } from '../backing'
import { unmet } from '../assert-support'
import type { Support } from '../support'
import type { Finding } from './finding'
import {
  coreFinding,
  dumpableFinding,
  hibernationFinding,
  inspectorFinding,
  ptraceFinding,
  swapFinding,
} from './leak-findings'
import {
  accountingFinding,
  descriptorFinding,
  memlockFinding,
  preloadFinding,
  sealingFinding,
  seccompFinding,
  supportFinding,
} from './protection-findings'
import type { Surroundings } from './surroundings'

/** What the doctor says. Its JSON form adds nothing; {@link SCHEMA_VERSION} grows when a field changes its meaning. */
export interface Report {
  schemaVersion: number
  version: string
  /** The requirement, and whether it is met. */
  minBacking: Backing
  met: boolean
  support: Support
  findings: Finding[]
}

export const SCHEMA_VERSION = 1

export function examine(
  support: Support,
  surroundings: Surroundings,
  required: { minBacking: Backing; version: string },
): Report {
  const { minBacking, version } = required
  return {
    schemaVersion: SCHEMA_VERSION,
    version,
    minBacking,
    met: unmet(support, minBacking, false) === null,
    support,
    findings: [
      supportFinding(support, minBacking),
      memlockFinding(support, surroundings),
      ...accountingFinding(support),
      sealingFinding(support),
      descriptorFinding(surroundings),
      seccompFinding(support),
      swapFinding(surroundings),
      hibernationFinding(support, surroundings),
      coreFinding(support, surroundings),
      dumpableFinding(support),
      ptraceFinding(support, surroundings),
      inspectorFinding(support, surroundings),
      preloadFinding(support, surroundings),
    ],
  }
}
