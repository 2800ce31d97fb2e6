import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { failureOf } from './failures'

/** As Node's own modules throw them: code, a negative errno, and syscall. errno: positive. */
export function systemError(errno: number, syscall: string, of?: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  const error = new Error(`${code}: ${syscall} failed${of === undefined ? '' : ` for ${of}`}`)
  return Object.assign(error, { code, errno: -errno, syscall })
}

/** The system error of a number below 0 that the addon answered. */
export function systemErrorOf(answer: number, of?: string): NodeJS.ErrnoException {
  const { errno, syscall } = failureOf(answer)
  return systemError(errno, syscall, of)
}

/** Whether the addon answered that it would have had to wait. */
export function isAgain(answer: number): boolean {
  return answer < 0 && failureOf(answer).errno === constants.errno.EAGAIN
}
