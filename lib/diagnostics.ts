import { channel } from 'node:diagnostics_channel'

/**
 * Published to with no byte of a secret, for an operator's metrics and alarms:
 * `memfd-secret:fallback` { backing, reason }, `memfd-secret:limit` { byteLength, errno, syscall },
 * `memfd-secret:undisposed` { byteLength, backing, stack }.
 */
export const fallbackChannel = channel('memfd-secret:fallback')
export const limitChannel = channel('memfd-secret:limit')
export const undisposedChannel = channel('memfd-secret:undisposed')
