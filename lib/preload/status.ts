import { backingOf } from '../backing'
import { native } from '../native'
import type { PreloadStatus } from '../preload-status'

/** Numbers that the addon fills in, in this order (src/napi/preload.cc). */
const FIELDS = [
  'active',
  'scope',
  'backing',
  'bytesInUse',
  'peakBytes',
  'capacityBytes',
  'secretAllocations',
  'otherAllocations',
  'fallbacks',
] as const

/** What the preload library does in this process, asked now. All 0 and null where it is not loaded. */
export function readPreloadStatus(): PreloadStatus {
  const values = new Float64Array(FIELDS.length)
  native?.readPreloadStatus(values)
  const field = (name: (typeof FIELDS)[number]): number => values[FIELDS.indexOf(name)] ?? 0
  const active = field('active') === 1
  return {
    active,
    scope: active ? (field('scope') === 1 ? 'all' : 'keys') : null,
    backing: active ? backingOf(field('backing')) : null,
    bytesInUse: field('bytesInUse'),
    peakBytes: field('peakBytes'),
    capacityBytes: field('capacityBytes'),
    secretAllocations: field('secretAllocations'),
    otherAllocations: field('otherAllocations'),
    fallbacks: field('fallbacks'),
  }
}
