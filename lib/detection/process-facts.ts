import { inspector, workerThreads } from '../lazy-builtins'
import { native } from '../native'
import type { Support } from '../support'
import { hasIpcLock } from './detect'
import { fieldOf, hasBit, limitOf, readText, seccompOf } from './proc'

const SIGUSR1 = 10

/** Node catches SIGUSR1 to open its inspector, unless the program listens to it itself. */
function opensInspectorBySignal(status: string | null): boolean {
  const caught = hasBit(status, 'SigCgt', SIGUSR1 - 1)
  // In a worker the main thread's listeners cannot be counted: what may be open is called open.
  return caught && (process.listenerCount('SIGUSR1') === 0 || !workerThreads().isMainThread)
}

/** Whether this process has a mapping of memfd_secret(2), of whichever thread or library. */
function hasSecretMapping(): boolean {
  return readText('/proc/self/maps')?.includes('/secretmem') === true
}

/** /proc/swaps has a row a swap space, below its header. */
function hasSwap(): boolean {
  return (readText('/proc/swaps')?.trimEnd().split('\n').length ?? 1) > 1
}

/** The state of this process at this moment. */
export function processFacts(): Pick<Support, 'process'> & {
  memlock: Omit<Support['memlock'], 'used'> & { locked: number }
} {
  const status = readText('/proc/self/status')
  const limits = readText('/proc/self/limits')
  const memlock = limitOf(limits, 'Max locked memory') ?? { soft: Infinity, hard: Infinity }
  return {
    memlock: {
      ...memlock,
      locked: Number.parseInt(fieldOf(status, 'VmLck') ?? '0', 10) * 1024,
      capIpcLock: hasIpcLock(status),
    },
    process: {
      dumpable: native?.isDumpable() ?? true,
      coreLimit: limitOf(limits, 'Max core file size')?.soft ?? Infinity,
      seccomp: seccompOf(status) ?? 0,
      inspector: opensInspectorBySignal(status) || inspector().url() !== undefined,
      swap: hasSwap(),
      holdsHibernation: hasSecretMapping(),
    },
  }
}
