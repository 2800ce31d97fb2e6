/**
 * The file for LD_PRELOAD: beside the addon that this machine loads. Null where there is none, or where its path has what
 * LD_PRELOAD takes for a separator.
 */
export declare function findPreloadLibrary(): string | null;
/** As {@link findPreloadLibrary}, or an Error that says what to do. */
export declare function preloadLibrary(): string;
