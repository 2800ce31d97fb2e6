import { workerThreads } from './lazy-builtins'
import { native } from './native'

/** What {@link harden} applied. */
export interface Hardened {
  /** RLIMIT_CORE is 0. */
  coreLimit: boolean
  /** PR_SET_DUMPABLE is 0: no ptrace by the same user. */
  dumpable: boolean
  /** SIGUSR1 opens no inspector. */
  inspectorSignal: boolean
}

function ignoreInspectorSignal(): boolean {
  // The program's own listener took the signal from the inspector already. A worker cannot see the main thread's.
  if (!workerThreads().isMainThread) return false
  return process.listenerCount('SIGUSR1') > 0 || native?.ignoreInspectorSignal() === 0
}

/**
 * Makes this process harder to look into, for good: RLIMIT_CORE becomes 0, soft and hard (children inherit it);
 * PR_SET_DUMPABLE becomes 0, so that ptrace and pidfd_getfd by the same user are refused (debuggers and profilers too,
 * and /proc/self belongs to root: without privileges /proc/self/mem, environ and fd cannot be opened any more); and
 * SIGUSR1 no longer opens the inspector (in the main thread; where the program listens to SIGUSR1 it is left alone).
 * Never throws: what it could not apply is false. {@link probe} shows the state.
 */
export function harden(): Hardened {
  if (native === null) return { coreLimit: false, dumpable: false, inspectorSignal: false }
  return {
    coreLimit: native.forbidCoreDumps() === 0,
    dumpable: native.forbidTracing() === 0,
    inspectorSignal: ignoreInspectorSignal(),
  }
}
