import type { Lifetime } from '../lifetime';
import { type AsyncReadOptions } from '../read-file';
import type { Terminal } from './terminal';
/** One line, without its newline, or what there is before the end of input. */
export declare function readLine(terminal: Terminal, options: AsyncReadOptions): Promise<Lifetime>;
