/** As Node's own modules throw them: code, a negative errno, and syscall. errno: positive. */
export declare function systemError(errno: number, syscall: string, of?: string): NodeJS.ErrnoException;
/** The system error of a number below 0 that the addon answered. */
export declare function systemErrorOf(answer: number, of?: string): NodeJS.ErrnoException;
/** Whether the addon answered that it would have had to wait. */
export declare function isAgain(answer: number): boolean;
