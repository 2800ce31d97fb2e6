import { corrupted, disposed, SecretMemoryError } from './errors'
import { failureOf } from './failures'
import { isLimit, meetLimit } from './limit-error'
import { Answer, STAT_NAMES, type Store } from './native'

/** The error for a number that the store answered. */
export function errorOf(answer: number, byteLength: number, store: Store): SecretMemoryError {
  if (answer === Answer.disposed) return disposed()
  if (answer === Answer.corrupted) return corrupted()
  if (answer >= 0) {
    return new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      'Expected a buffer over secret memory but received a refusal of the runtime',
      { hint: 'A worker that is being terminated, or exhausted memory, refuses one' },
    )
  }
  const failure = failureOf(answer)
  const { errno, syscall, name } = failure
  if (isLimit(failure)) {
    const numbers = new Float64Array(STAT_NAMES.length)
    store.readStats(numbers)
    return meetLimit(failure, byteLength, numbers[STAT_NAMES.indexOf('lockedBytes')] ?? 0)
  }
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected ${syscall} to work for a secret of ${byteLength} bytes but received ${name}`,
    { errno: -errno, syscall, hint: 'Run `memfd-secret doctor` for what this machine offers' },
  )
}
