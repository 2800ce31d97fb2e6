/**
 * Published to with no byte of a secret, for an operator's metrics and alarms:
 * `memfd-secret:fallback` { backing, reason }, `memfd-secret:limit` { byteLength, errno, syscall },
 * `memfd-secret:undisposed` { byteLength, backing, stack }.
 */
export declare const fallbackChannel: import("diagnostics_channel").Channel<unknown, unknown>;
export declare const limitChannel: import("diagnostics_channel").Channel<unknown, unknown>;
export declare const undisposedChannel: import("diagnostics_channel").Channel<unknown, unknown>;
