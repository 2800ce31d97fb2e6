import type { Lifetime } from './lifetime';
import { type AsyncReadOptions } from './read-file';
/** Reads chunk by chunk, each wiped as soon as it is copied, also those that are too much or come too late. */
export declare function readStreamInto(source: unknown, options: AsyncReadOptions): Promise<Lifetime>;
