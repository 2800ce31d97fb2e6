import type { Runtime } from '../detection/evidence';
/** What the doctor looks at besides probe(). Null: cannot be read. Plain data, so that every finding can be tested. */
export interface Surroundings {
    /** /proc/swaps without its header: a line a swap space. */
    swaps: readonly string[] | null;
    /** /sys/power/state, /sys/power/disk. */
    powerStates: string | null;
    hibernation: string | null;
    /** /proc/sys/kernel/core_pattern. */
    corePattern: string | null;
    /** /proc/sys/kernel/yama/ptrace_scope. */
    ptraceScope: number | null;
    /** RLIMIT_NOFILE, soft. */
    descriptors: number | null;
    nodeOptions: string;
    execArgv: readonly string[];
    /** LD_PRELOAD of this process. */
    preloadList: string;
    runtime: Runtime;
}
export declare function readSurroundings(): Surroundings;
