import { type AuditEncoding } from './scan';
export interface AuditOptions {
    /** Ways of writing to look for. Default: all. hex in either case; base64 in both alphabets, wherever it begins. */
    encodings?: readonly AuditEncoding[];
    signal?: AbortSignal;
}
export interface CheckedOptions {
    encodings: readonly AuditEncoding[];
    signal: AbortSignal | undefined;
}
export declare function checkAuditOptions(options: unknown): CheckedOptions;
