import { type RunOptions } from './run-options';
/** As env(1) and timeout(1) exit for failures of their own; the library too where it refuses to start. */
export declare const REFUSED = 125;
/** The environment for the command: this one's, and what the library reads. */
export declare function environmentFor(options: RunOptions, library: string, base: NodeJS.ProcessEnv): Record<string, string>;
/**
 * `memfd-secret run`: replaces this process by the command, with the preload library in its environment. Returns only where
 * it does not: 0 for the help, 125 where the command cannot be protected, 126 or 127 where it cannot be run.
 */
export declare function run(argv: readonly string[]): Promise<number>;
