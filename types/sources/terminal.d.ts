/** Where a prompt reads from. */
export interface Terminal {
    readonly descriptor: number;
    /** A terminal whose echo is off; else another standard input. */
    readonly silent: boolean;
    /** Once; further calls do nothing. */
    restore(discardInput: boolean): void;
}
/** useStdin: whatever it is; else the controlling terminal, even where standard input is something else. */
export declare function openTerminal(useStdin: boolean): Terminal;
