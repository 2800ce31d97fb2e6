/** `memfd-secret preload-path`. */
export declare function preloadPath(argv: readonly string[]): Promise<number>;
