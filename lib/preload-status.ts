import type { Backing } from './backing'

/** What the preload library does in this process. All 0 and null where it is not loaded. */
export interface PreloadStatus {
  /** Whether the library is loaded and OpenSSL allocates from it. */
  active: boolean
  /** Which of OpenSSL's allocations it takes: those of key material, or all. */
  scope: 'keys' | 'all' | null
  /** What protects its pages. */
  backing: Backing | null
  /** Bytes that OpenSSL holds now in protected pages. */
  bytesInUse: number
  /** The most of those at once, in bytes, since the start. */
  peakBytes: number
  /** Bytes of protected pages that are mapped. */
  capacityBytes: number
  /** Allocations that were placed there, since the start. */
  secretAllocations: number
  /** Allocations that hold no key material, and went to malloc. */
  otherAllocations: number
  /** Allocations that the library could not place in its own pages. */
  fallbacks: number
}

export { readPreloadStatus as preloadStatus } from './preload/status'
