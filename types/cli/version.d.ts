/** Of package.json, which stays the only place that has it. */
export declare function packageVersion(): string;
