import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

/** test/faults/addon: makes the nth system call of the package's addon fail. */
export interface Injector {
  watch(name: string): boolean
  arm(nth: number, choice: number, persistent: boolean): void
  disarm(): Report
  /** The sites of the calls that were made while armed. */
  recorded(count: number): string[]
  /** How many mappings were given back with bytes in them since the last time. */
  settle(): number
  /** Whether pages of the addon's hold the bytes. */
  holds(bytes: Buffer): boolean
  /** Blocks of the heap that the addon has not given back. */
  blocks(): number
}

export interface Report {
  /** Calls of the addon while armed. */
  calls: number
  /** Whether the nth was made. */
  hit: boolean
  /** Its name: a function of the C library, or of a call by number. */
  site: string
  errno: number
  /** How many errors it can be made to answer. */
  choices: number
}

export const INJECTOR = join(packageRoot(), 'build/Release/fault_injector.so')

/** For a process that was started with the injector in LD_PRELOAD, once the addon is loaded. */
export function loadInjector(): Injector {
  const module = { exports: {} as Injector }
  process.dlopen(module, INJECTOR)
  if (!module.exports.watch('memfd_secret.node')) throw new Error('Expected the addon to be loaded but received none')
  return module.exports
}
