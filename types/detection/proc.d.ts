/** The text of a file of /proc or /sys; null where it cannot be read. */
export declare function readText(file: string): string | null;
/** False too where Node's permission model forbids to look: there existsSync throws. */
export declare function isThere(file: string): boolean;
export interface Limit {
    soft: number;
    hard: number;
}
/** A row of /proc/PID/limits by its name there ("Max locked memory"); null where it is not there. */
export declare function limitOf(limits: string | null, name: string): Limit | null;
/** A field of /proc/PID/status ("Seccomp"); null where it is not there. */
export declare function fieldOf(status: string | null, name: string): string | null;
/** Whether a bit of a hexadecimal mask of /proc/PID/status (CapEff, SigCgt) is set. */
export declare function hasBit(status: string | null, name: string, bit: number): boolean;
export declare function seccompOf(status: string | null): 0 | 1 | 2 | null;
/** The value of a parameter of the kernel's command line; of several the last counts. Null where it is not given. */
export declare function parameterOf(commandLine: string | null, name: string): string | null;
/** As kstrtobool of the kernel reads it; null for what it refuses. */
export declare function toBoolean(text: string | null): boolean | null;
