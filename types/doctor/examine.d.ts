import type { Backing } from '../backing';
import type { Support } from '../support';
import type { Finding } from './finding';
import type { Surroundings } from './surroundings';
/** What the doctor says. Its JSON form adds nothing; {@link SCHEMA_VERSION} grows when a field changes its meaning. */
export interface Report {
    schemaVersion: number;
    version: string;
    /** The requirement, and whether it is met. */
    minBacking: Backing;
    met: boolean;
    support: Support;
    findings: Finding[];
}
export declare const SCHEMA_VERSION = 1;
export declare function examine(support: Support, surroundings: Surroundings, required: {
    minBacking: Backing;
    version: string;
}): Report;
