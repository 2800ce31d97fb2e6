import type { Variant } from './arguments'
import { expectAlso } from './expect'
import { FaultRefusals } from './fault-refusals'
import { limitRefusals, noRefusals, type Refusals } from './refusals'

export function refusalsOf(variant: Variant): Refusals {
  if (variant === 'faults') return new FaultRefusals()
  if (variant !== 'limit') return noRefusals
  expectAlso(limitRefusals.isExpected)
  return limitRefusals
}
