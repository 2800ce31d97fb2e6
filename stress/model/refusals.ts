/** Whether the package may refuse what it is asked for: under a limit, or with faults injected. */
export interface Refusals {
  /** Runs what may be refused, with a fault perhaps. */
  attempt<T>(act: () => T): T
  attemptLater<T>(act: () => Promise<T>): Promise<T>
  /** What is attempted has come to code that is not the package's: nothing is refused from here on. */
  calm(): void
  isExpected(error: unknown): boolean
  /** Sealed memory that cannot be opened to be wiped may be kept, closed, for good. */
  readonly mayKeep: boolean
  /** System calls that failed. */
  readonly faults: number
}

/** Of raw.map, a system error. */
const isRawLimit = (error: unknown): boolean => {
  const { code, syscall } = error as NodeJS.ErrnoException
  return (code === 'EAGAIN' && syscall === 'mmap') || (code === 'EFAULT' && syscall === 'prefault')
}

const isLimit = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_MEMFD_SECRET_LIMIT' || isRawLimit(error)

/** Nothing is refused. */
export const noRefusals: Refusals = {
  attempt: (act) => act(),
  attemptLater: (act) => act(),
  calm: () => undefined,
  isExpected: () => false,
  mayKeep: false,
  faults: 0,
}

/** Memory runs out now and then. */
export const limitRefusals: Refusals = { ...noRefusals, isExpected: isLimit }
