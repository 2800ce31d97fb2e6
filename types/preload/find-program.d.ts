/** A command that cannot be started: 127 where there is none, 126 where it may not be run, as a shell has it. */
export declare class CommandError extends Error {
    readonly exitStatus: 126 | 127;
    constructor(exitStatus: 126 | 127, message: string);
}
/** The file that execvp(3) would run. */
export declare function findExecutable(command: string, path?: string): string;
/** The program that a file ends up in: through "#!", and through env(1), which looks in PATH. */
export declare function findProgram(file: string): string;
