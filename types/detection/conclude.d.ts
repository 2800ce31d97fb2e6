import type { Conclusion, Evidence } from './evidence';
/** Whether memfd_secret serves, and if not, why and what to do. Guesses nothing: see `unsupported-or-disabled`. */
export declare function conclude(evidence: Evidence): Conclusion;
