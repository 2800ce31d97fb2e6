import type { HowToHold } from './holders'
import type { Needle } from './needles'
import type { Victim } from './victim/process'

/** A place where the secret was found in what an attack obtained. */
export interface Hit {
  /** Index of the needle: the form in which it was there. */
  needle: number
  /** In the victim, or the offset in a file; empty where neither says anything. */
  address: string
  where: string
  /** In a mapping that holds secrets. */
  inSecret: boolean
}

/** What one attack came to: facts, no verdict. */
export interface Evidence {
  /** Why the attack as a whole could not be made. */
  impossible: { reason: string; errno: string | null } | null
  hits: readonly Hit[]
  hitCount: number
  /** Pages of the holder that were tried (of injected code: mappings), and of them refused by the kernel, with the errno. */
  tried: number
  refused: number
  refusal: string | null
  /** What was obtained, in words. */
  detail: string
}

/** Whom to attack, and for what. */
export interface Target {
  how: HowToHold
  victim: Victim
  needles: readonly Needle[]
  /** The victim's working directory, for files that the attack makes: removed afterwards. */
  folder: string
}

export interface Attack {
  readonly name: string
  readonly title: string
  /** 'outside': another process makes it. 'inside': code in the victim, or a path in the kernel that takes its pages. */
  readonly from: 'outside' | 'inside'
  readonly effect: 'read' | 'write'
  /** What counts as a leak, in words. */
  readonly leaks: string
  /** Where the attack must find the secret, or it is broken. */
  readonly control: HowToHold
  /** Throws only where the suite itself broke. */
  readonly make: (target: Target) => Promise<Evidence>
}

export function impossible(reason: string, errno: string | null = null): Evidence {
  const nothing = { hits: [], hitCount: 0, tried: 0, refused: 0, refusal: null }
  return { impossible: { reason, errno }, ...nothing, detail: reason }
}
