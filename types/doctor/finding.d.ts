/**
 * ok: as it should be. note: worth knowing. warning: something outside of secret memory can leak what the service makes
 * of its secrets. error: secrets are not protected as required.
 */
export type Level = 'ok' | 'note' | 'warning' | 'error';
/** One thing that the doctor looked at. */
export interface Finding {
    /** Stable: for monitoring. */
    id: string;
    level: Level;
    /** What was found, in a sentence. */
    message: string;
    /** What to do; null where nothing is to be done. */
    remedy: string | null;
}
export declare function finding(id: string, level: Level, message: string, remedy?: string | null): Finding;
