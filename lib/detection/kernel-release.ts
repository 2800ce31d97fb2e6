/** The first three numbers of a kernel's release; a missing one is 0. */
export type KernelRelease = readonly [number, number, number]

export function parseRelease(release: string): KernelRelease | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release)
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}

export function isAtLeast(release: KernelRelease, wanted: KernelRelease): boolean {
  for (const index of [0, 1, 2] as const) {
    if (release[index] !== wanted[index]) return release[index] > wanted[index]
  }
  return true
}

/**
 * The stable release that a distribution's kernel is built from, which `uname -r` of Debian leaves out ("6.1.0-56" is
 * 6.1.192 by `uname -v`).
 */
export function stableRelease(release: string, version: string): KernelRelease | null {
  const debian = /\bDebian (\d+\.\d+\.\d+)/.exec(version)
  return parseRelease(debian?.[1] ?? release)
}

/** memfd_secret(2) came with 5.14, off by default; on by default since 6.5. */
export const FIRST_RELEASE: KernelRelease = [5, 14, 0]
export const ON_BY_DEFAULT: KernelRelease = [6, 5, 0]

/** Where CVE-2024-50182 was mended in each long-term series; in later series from the start. */
const ARM64_MENDED: readonly KernelRelease[] = [
  [5, 15, 169],
  [6, 1, 113],
  [6, 6, 57],
  [6, 11, 4],
]

/** Whether the call may succeed on arm64 without taking the pages out of the direct map (CVE-2024-50182). */
export function mayNotProtectArm64(release: KernelRelease): boolean {
  const series = ARM64_MENDED.find(([major, minor]) => release[0] === major && release[1] === minor)
  return series === undefined ? !isAtLeast(release, [6, 12, 0]) : !isAtLeast(release, series)
}
