import type { Support } from '../support';
import { type Finding } from './finding';
import type { Surroundings } from './surroundings';
export declare function swapFinding({ swaps }: Surroundings): Finding;
export declare function hibernationFinding({ backing }: Support, { powerStates, hibernation }: Surroundings): Finding;
export declare function coreFinding(support: Support, { corePattern }: Surroundings): Finding;
export declare function dumpableFinding({ process: { dumpable } }: Support): Finding;
export declare function ptraceFinding({ process: { dumpable } }: Support, { ptraceScope }: Surroundings): Finding;
/** The options that open an inspector, in a list of options. */
export declare function inspectorOptions(options: readonly string[]): string[];
export declare function inspectorFinding({ process: { inspector } }: Support, surroundings: Surroundings): Finding;
