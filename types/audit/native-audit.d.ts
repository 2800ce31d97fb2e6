import type { Handle } from '../native';
/** Of one search: an External. */
export type AuditHandle = object;
/** The part of the addon that audits use (src/napi/audit.cc, which says what each answers). */
export interface NativeAudit {
    auditSize(byteLength: number): number;
    prepareAudit(handle: Handle, strength: number, encodings: number): AuditHandle | number;
    runAudit(audit: AuditHandle, process: number, ranges: BigUint64Array): Promise<number> | number;
    cancelAudit(audit: AuditHandle): void;
    auditedBytes(audit: AuditHandle): number;
    readHits(audit: AuditHandle, target: BigUint64Array): number;
}
