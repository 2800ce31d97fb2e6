import * as workerThreads from 'node:worker_threads'

const { isMarkedAsUntransferable } = workerThreads as { isMarkedAsUntransferable?: (memory: object) => boolean }

/**
 * False for a view's memory that its user marked by markAsUntransferable: on Node 24 and later that sets a detach key,
 * and detaching then aborts the process. Such a view stays attached, to memory that is wiped with its secret.
 */
export function isDetachable(memory: ArrayBuffer): boolean {
  return isMarkedAsUntransferable === undefined || !isMarkedAsUntransferable(memory)
}
