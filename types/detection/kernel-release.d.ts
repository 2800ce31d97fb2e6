/** The first three numbers of a kernel's release; a missing one is 0. */
export type KernelRelease = readonly [number, number, number];
export declare function parseRelease(release: string): KernelRelease | null;
export declare function isAtLeast(release: KernelRelease, wanted: KernelRelease): boolean;
/**
 * The stable release that a distribution's kernel is built from, which `uname -r` of Debian leaves out ("6.1.0-56" is
 * 6.1.192 by `uname -v`).
 */
export declare function stableRelease(release: string, version: string): KernelRelease | null;
/** memfd_secret(2) came with 5.14, off by default; on by default since 6.5. */
export declare const FIRST_RELEASE: KernelRelease;
export declare const ON_BY_DEFAULT: KernelRelease;
/** Whether the call may succeed on arm64 without taking the pages out of the direct map (CVE-2024-50182). */
export declare function mayNotProtectArm64(release: KernelRelease): boolean;
