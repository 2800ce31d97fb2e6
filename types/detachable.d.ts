/**
 * False for a view's memory that its user marked by markAsUntransferable: on Node 24 and later that sets a detach key,
 * and detaching then aborts the process. Such a view stays attached, to memory that is wiped with its secret.
 */
export declare function isDetachable(memory: ArrayBuffer): boolean;
