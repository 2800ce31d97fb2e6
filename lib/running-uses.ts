/** What a use is of. */
interface Used {
  /** Whether the memory is wiped; where native code did it alone, this side follows. */
  endIfWiped(): boolean
}

/** A use() whose callback is running. */
export interface RunningUse {
  readonly used: Used
  outer: RunningUse | null
}

/**
 * The innermost of them, so null whenever none runs. A termination (a vm timeout) skips the block that takes a use off
 * the list: what is found here with its memory wiped by native code was cut off, and its views are still attached.
 */
let innermost: RunningUse | null = null

export function anyUseRuns(): boolean {
  return innermost !== null
}

/** Ends what terminations cut off: called at each entry, where none is pending any more. */
export function sweepUses(): void {
  let inner: RunningUse | null = null
  for (let use = innermost; use !== null; use = use.outer) {
    if (!use.used.endIfWiped()) inner = use
    else if (inner === null) innermost = use.outer
    else inner.outer = use.outer
  }
}

export function enterUse(used: Used): RunningUse {
  return (innermost = { used, outer: innermost })
}

/** Not called where the stack overflowed before the use was ended: native code has wiped then, and a sweep detaches. */
export function leaveUse(use: RunningUse): void {
  if (innermost !== use) sweepUses()
  innermost = use.outer
}
