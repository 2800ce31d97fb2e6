import type { Evidence, Runtime, Trial } from './evidence';
/** Null where the text is no configuration of a kernel. */
export declare function parseConfig(file: string, text: string | null): Evidence['config'];
/** How this process was started, told by the marks that each leaves. */
export declare function detectRuntime(env: NodeJS.ProcessEnv, exists?: (file: string) => boolean): Runtime;
/** Reads all that a reason may be told from. Costs some milliseconds, so only where memfd_secret does not serve. */
export declare function collectEvidence(trial: Trial, addonError: string | null): Evidence;
