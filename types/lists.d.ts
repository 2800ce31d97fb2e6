import { type Bytes } from './arguments';
import type { Lifetime } from './lifetime';
/** The memory of each source of take(): one, or a list. */
export declare function checkSources(source: Bytes | readonly Bytes[]): Uint8Array[];
export declare function checkList(list: unknown, lifetimeOf: (value: unknown, name: string) => Lifetime): Lifetime[];
