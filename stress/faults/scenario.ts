import type { Report } from './injector'

/** What a scenario writes into its secrets, and what no page of the addon may hold once they are over. */
export const MARKER = Buffer.from('a marker of the stress test: 48 bytes, no more..')

/** One use of the API, made to fail at each of the addon's system calls. */
export interface Scenario<State = unknown> {
  name: string
  /** Nothing fails meanwhile. */
  prepare(): State | Promise<State>
  /** May fail, by throwing or rejecting. It must leave everything as it was then. */
  act(state: State): unknown
  /** It worked. `result`: what act answered. */
  works?(result: unknown, state: State): void | Promise<void>
  /** It failed. */
  failed?(state: State): void
  /** Undoes prepare() and, where it worked, act(). */
  finish(state: State, result: unknown): void | Promise<void>
  /** Whether it may work all the same. */
  tolerates?(report: Report, persistent: boolean): boolean
  /** 'system': errors as Node's own modules throw them. Default: SecretMemoryError. */
  errors?: 'secret' | 'system'
  /** Replaces the check of the error. */
  isExpected?(error: unknown, report: Report): boolean
}

/**
 * For what makes a secret on the way and ends it: its end cannot fail. Only unmapping and what stands for it, which a
 * mapping that is made needs too: other scenarios show that those failures are told.
 */
export const endsOnTheWay = ({ site }: Report): boolean => ['munmap', 'mmap', 'madvise'].includes(site)

export function scenario<State>(definition: Scenario<State>): Scenario {
  return definition as Scenario
}
