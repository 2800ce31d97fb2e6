/** A line of /proc/PID/maps; of smaps with its flags. */
export interface Mapping {
    begin: bigint;
    end: bigint;
    /** rwxp, as proc(5) has them. */
    permissions: string;
    /** A path, "[heap]" and the like, or "". */
    name: string;
    /** VmFlags of smaps; none from maps. */
    flags: readonly string[];
}
/** The mappings in the text of maps or smaps, in ascending order. */
export declare function parseMappings(text: string): Mapping[];
/**
 * Of the fallback's own pages the kernel knows no name. Locked, in no core dump, not inherited by fork, and between
 * guards (src/sys/pages.cc): no other allocator makes all four. Another thread's, and a second copy's of this package, too.
 */
export declare function isFallbackPages(mappings: readonly Mapping[], index: number): boolean;
/** What to read, of this process or another. */
export interface Memory {
    /** 0: this process. */
    process: number;
    mappings: readonly Mapping[];
    /** Stack pointers of its threads, as far as the kernel tells them. */
    stacks: readonly bigint[];
}
/** Of this process; fallback: its secrets are in pages that can be read, which are left out. Throws fs's own errors. */
export declare function ownMemory(fallback: boolean): Memory;
/** Of another process. Throws fs's own errors: ENOENT, EACCES, EPERM, ESRCH. */
export declare function memoryOf(process: number): Memory;
