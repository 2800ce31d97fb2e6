export interface RunOptions {
    scope?: string;
    max?: string;
    minBacking?: string;
    report: boolean;
    children: boolean;
    command: string;
    args: readonly string[];
}
export declare const USAGE = "Usage: memfd-secret run [options] -- COMMAND [arguments]\n\nRuns a command whose OpenSSL then keeps keys in secret memory. Replaces itself by the command.\n\nOptions:\n  --scope keys|all                  what OpenSSL allocates there: what can hold key material (default), or everything\n  --max SIZE                        most memory that is locked, as 16M; default 64M, and what the limit allows\n  --min-backing memfd_secret|mlock  refuse to start with less\n  --report                          say at the start what limit connections need, and at the end what was used\n  --no-children                     programs that the command starts run without it\n  --help                            print this\n\nExit status: the command's own; 125 where it was refused, 126 where it may not be run, 127 where there is none.\n";
/** Null where the help was asked for. */
export declare function parseRunOptions(argv: readonly string[]): RunOptions | null;
