/** A system call that failed, as the addon tells it: -(call * 4096 + errno). */
export interface Failure {
    /** Positive, as errno(3) has it. */
    errno: number;
    /** EAGAIN, ENOMEM… */
    name: string;
    syscall: string;
}
export declare function failureOf(answer: number): Failure;
