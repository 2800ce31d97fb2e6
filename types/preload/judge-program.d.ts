/** 'confirmed': OpenSSL is in it. 'unknown': it starts others, which will show. Else why it cannot be protected. */
export type Verdict = {
    kind: 'confirmed' | 'unknown';
} | {
    kind: 'refused';
    because: string;
};
/** Whether the preload library can reach OpenSSL in a program. */
export declare function judgeProgram(program: string): Verdict;
