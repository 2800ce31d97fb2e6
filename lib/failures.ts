import { getSystemErrorName } from 'node:util'
import { native } from './native'

/** A system call that failed, as the addon tells it: -(call * 4096 + errno). */
export interface Failure {
  /** Positive, as errno(3) has it. */
  errno: number
  /** EAGAIN, ENOMEM… */
  name: string
  syscall: string
}

export function failureOf(answer: number): Failure {
  const errno = -answer % 4096
  const call = Math.floor(-answer / 4096)
  return { errno, name: getSystemErrorName(-errno), syscall: native?.callName(call) ?? '' }
}
