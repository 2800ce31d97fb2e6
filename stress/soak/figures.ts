/** The highest of the first third of the time, and of the last. */
export interface Thirds {
  first: number
  last: number
}

export interface LockedMemoryFigures {
  samples: number
  /** As stats() tells: in steps, since chunks are of up to a megabyte. */
  lockedBytes: Thirds
  /** Of them, those of live secrets and in quarantine until a collection. */
  takenBytes: Thirds
  /** As the kernel tells, the preload library's included. */
  mappedBytes: Thirds
}

export interface ServiceFigures {
  requests: number
  failures: string[]
  lockedMemory: LockedMemoryFigures
}

export interface LoadFigures {
  requests: number
  /** Broken off by the client. */
  aborted: number
  connections: number
  failures: string[]
}
