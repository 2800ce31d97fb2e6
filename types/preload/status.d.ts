import type { PreloadStatus } from '../preload-status';
/** What the preload library does in this process, asked now. All 0 and null where it is not loaded. */
export declare function readPreloadStatus(): PreloadStatus;
