/**
 * What protects a secret, strongest first. Chosen once a process; a limit reached is an error, never a weaker backing
 * for one secret.
 */
export type Backing = 'memfd_secret' | 'mlock' | 'heap'

/** Weakest first: the index is the number that the addon knows a backing by (src/sys/pages.h). */
export const BACKINGS = ['heap', 'mlock', 'memfd_secret'] as const satisfies readonly Backing[]

export function isBacking(value: unknown): value is Backing {
  return BACKINGS.some((backing) => backing === value)
}

/** Larger is stronger. */
export function strengthOf(backing: Backing): number {
  return BACKINGS.indexOf(backing)
}

export function backingOf(strength: number): Backing {
  return BACKINGS[strength] ?? 'heap'
}

export function strongerOf(one: Backing, other: Backing): Backing {
  return strengthOf(one) > strengthOf(other) ? one : other
}
