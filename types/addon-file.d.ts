/** The folder of package.json: above dist/, and above out/lib/ where the tests run. */
export declare function packageRoot(): string;
/**
 * The addon: what `npm run build` made, or else the prebuild, as node-gyp-build takes them. There is one file for every C
 * library, so there is nothing to choose where it lies in its place: node-gyp-build, which takes memory and time of each
 * start, is asked for all other places, and for an error that tells what was looked for.
 */
export declare function addonFile(): string;
