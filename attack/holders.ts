/** Ways to hold the secret that are compared, and of which the table has a column each. */
export const HOLDER_NAMES = ['malloc', 'mlock', 'sodium_malloc', 'memfd_secret', 'sealed'] as const

export type HolderName = (typeof HOLDER_NAMES)[number]

export const HOLDER_TITLES: Record<HolderName, string> = {
  malloc: 'malloc',
  mlock: 'mlock',
  sodium_malloc: 'sodium_malloc',
  memfd_secret: 'memfd_secret',
  sealed: 'sealed',
}

/** One line each, for people. */
export const HOLDER_DESCRIPTIONS: Record<HolderName, string> = {
  malloc: 'an ordinary Buffer, whose bytes malloc(3) gave',
  mlock: "this package's fallback, where memfd_secret(2) is not to be had",
  sodium_malloc: "sodium-native's sodium_malloc, as it is given",
  memfd_secret: 'a SecretBuffer',
  sealed: 'a SecretBuffer made with { sealed: true }, at rest',
}

/**
 * Weaker ways, for attacks that find nothing in an ordinary Buffer either: an attack must be seen to find a secret where it
 * can be found.
 */
export const CONTROL_NAMES = ['descriptor-open', 'shared-memory', 'string', 'environment'] as const

export type ControlName = (typeof CONTROL_NAMES)[number]

export const CONTROL_TITLES: Record<ControlName, string> = {
  'descriptor-open': 'memfd_secret whose descriptor was left open',
  'shared-memory': 'shared memory of memfd_create',
  string: 'a JavaScript string',
  environment: 'an environment variable',
}

export type HowToHold = HolderName | ControlName

export function titleOf(how: HowToHold): string {
  return { ...HOLDER_TITLES, ...CONTROL_TITLES }[how]
}
