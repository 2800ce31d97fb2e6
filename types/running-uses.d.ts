/** What a use is of. */
interface Used {
    /** Whether the memory is wiped; where native code did it alone, this side follows. */
    endIfWiped(): boolean;
}
/** A use() whose callback is running. */
export interface RunningUse {
    readonly used: Used;
    outer: RunningUse | null;
}
export declare function anyUseRuns(): boolean;
/** Ends what terminations cut off: called at each entry, where none is pending any more. */
export declare function sweepUses(): void;
export declare function enterUse(used: Used): RunningUse;
/** Not called where the stack overflowed before the use was ended: native code has wiped then, and a sweep detaches. */
export declare function leaveUse(use: RunningUse): void;
export {};
