import type { Case } from '../model'
import { capacity } from './capacity'
import { equivalents } from './equivalents'
import { growth } from './growth'
import { life } from './life'
import { liveSecrets } from './live-secrets'
import { physicalCosts } from './physical-costs'
import { startUp } from './start-up'
import { use } from './use'
import { viewSpeed } from './view-speed'
import { workers } from './workers'

/** In the order of the project's list of goals. */
export const CASES: readonly Case[] = [
  life,
  use,
  capacity,
  liveSecrets,
  viewSpeed,
  workers,
  startUp,
  equivalents,
  growth,
  physicalCosts,
]
