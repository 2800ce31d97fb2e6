import { type AuditEncoding } from './scan';
/** What {@link findCopies} looks for. */
export interface AuditOptions {
    /** Ways of writing to look for. Default: all. hex in either case; base64 in both alphabets, wherever it begins. */
    encodings?: readonly AuditEncoding[];
    /** Ends the search with its reason. */
    signal?: AbortSignal;
}
export interface CheckedOptions {
    encodings: readonly AuditEncoding[];
    signal: AbortSignal | undefined;
}
export declare function checkAuditOptions(options: unknown): CheckedOptions;
