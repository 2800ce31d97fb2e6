import type { Channel } from 'node:diagnostics_channel'
import type { Backing } from './backing'
import { diagnosticsChannel } from './lazy-builtins'
import type { Reason } from './support'

/** Of `memfd-secret:fallback`: once a process, at its first secret, where that is not in secret memory. */
export interface FallbackMessage {
  backing: Backing
  reason: Reason | null
  errno: string | null
  evidence: readonly string[]
  hint: string | null
}

/** Of `memfd-secret:limit`: each time a secret meets a limit, besides the error that is thrown. */
export interface LimitMessage {
  byteLength: number
  /** Negative, as Node's own system errors have it. */
  errno: number
  syscall: string
}

/** Of `memfd-secret:undisposed`: a secret was collected, and wiped, without dispose(). */
export interface UndisposedMessage {
  byteLength: number
  backing: Backing
  /** Where it was made. */
  stack: string | undefined
}

function channelOf(name: string): () => Channel {
  let made: Channel | undefined
  return () => (made ??= diagnosticsChannel().channel(name))
}

// For an operator's metrics and alarms. No message holds a byte of a secret. diagnostics_channel types no message: the
// interfaces above say what each channel publishes.
export const fallbackChannel = channelOf('memfd-secret:fallback')
export const limitChannel = channelOf('memfd-secret:limit')
export const undisposedChannel = channelOf('memfd-secret:undisposed')
