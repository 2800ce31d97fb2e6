import type { Backing } from './backing'

/** What the preload library does in this process. All 0 and null where it is not loaded. */
export interface PreloadStatus {
  active: boolean
  /** Which of OpenSSL's allocations it takes: those of key material, or all. */
  scope: 'keys' | 'all' | null
  backing: Backing | null
  bytesInUse: number
  peakBytes: number
  capacityBytes: number
  secretAllocations: number
  otherAllocations: number
  /** Allocations that the library could not place in its own pages. */
  fallbacks: number
}

export { readPreloadStatus as preloadStatus } from './preload/status'
