import type { Mapping } from './mappings';
/** What memory a copy lies in. */
export type CopyKind = 'v8-heap' | 'malloc' | 'stack' | 'file' | 'anonymous';
/** Whether only records beside the memory tell whose it is. */
export declare function isAnonymous({ name }: Mapping): boolean;
export declare function kindOf(mapping: Mapping, owner: number, stacks: readonly bigint[]): CopyKind;
/** As /proc/PID/maps has it: what an operator looks for there, or in a debugger. */
export declare function describeMapping({ begin, end, permissions, name }: Mapping): string;
