import { detectRuntime } from '../detection/collect'
import type { Runtime } from '../detection/evidence'
import { limitOf, readText } from '../detection/proc'

/** What the doctor looks at besides probe(). Null: cannot be read. Plain data, so that every finding can be tested. */
export interface Surroundings {
  /** /proc/swaps without its header: a line a swap space. */
  swaps: readonly string[] | null
  /** /sys/power/state, /sys/power/disk. */
  powerStates: string | null
  hibernation: string | null
  /** /proc/sys/kernel/core_pattern. */
  corePattern: string | null
  /** /proc/sys/kernel/yama/ptrace_scope. */
  ptraceScope: number | null
  /** RLIMIT_NOFILE, soft. */
  descriptors: number | null
  nodeOptions: string
  execArgv: readonly string[]
  /** LD_PRELOAD of this process. */
  preloadList: string
  runtime: Runtime
}

function numberOf(text: string | null): number | null {
  const number = Number(text?.trim() || NaN)
  return Number.isNaN(number) ? null : number
}

export function readSurroundings(): Surroundings {
  return {
    swaps: readText('/proc/swaps')?.trimEnd().split('\n').slice(1) ?? null,
    powerStates: readText('/sys/power/state')?.trim() ?? null,
    hibernation: readText('/sys/power/disk')?.trim() ?? null,
    corePattern: readText('/proc/sys/kernel/core_pattern')?.trim() ?? null,
    ptraceScope: numberOf(readText('/proc/sys/kernel/yama/ptrace_scope')),
    descriptors: limitOf(readText('/proc/self/limits'), 'Max open files')?.soft ?? null,
    nodeOptions: process.env['NODE_OPTIONS'] ?? '',
    execArgv: process.execArgv,
    preloadList: process.env['LD_PRELOAD'] ?? '',
    runtime: detectRuntime(process.env),
  }
}
