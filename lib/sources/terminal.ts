import { closeSync, constants, openSync } from 'node:fs'
import { SecretMemoryError } from '../errors'
import { native } from '../native'
import { systemErrorOf } from '../system-error'

/** Where a prompt reads from. */
export interface Terminal {
  readonly descriptor: number
  /** A terminal whose echo is off; else another standard input. */
  readonly silent: boolean
  /** Once; further calls do nothing. */
  restore(discardInput: boolean): void
}

const STDIN = 0

function unavailable(cause: unknown, hint: string): SecretMemoryError {
  return new SecretMemoryError('ERR_MEMFD_SECRET_UNAVAILABLE', 'Expected a terminal for prompt() but received none', {
    cause,
    hint,
  })
}

function openControlling(): number {
  try {
    // O_NONBLOCK on a descriptor of our own: no other program's reads change.
    return openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch (error) {
    throw unavailable(error, 'Pass { stdin: true } to read a line of standard input instead')
  }
}

function silence(descriptor: number, own: boolean): Terminal {
  if (native === null) throw unavailable(null, 'It needs Linux and the addon')
  const addon = native
  const answer = addon.silenceTerminal(descriptor)
  if (answer < 0) {
    if (own) closeSync(descriptor)
    throw systemErrorOf(answer, 'the terminal')
  }
  let silent = true
  const restore = (discardInput: boolean): void => {
    if (!silent) return
    silent = false
    process.removeListener('exit', onExit)
    addon.restoreTerminal(discardInput)
    if (own) closeSync(descriptor)
  }
  // Runs on process.exit and after an uncaught throw too; signals are the addon's (src/sys/terminal.cc).
  const onExit = (): void => restore(true)
  process.on('exit', onExit)
  return { descriptor, silent: true, restore }
}

/** useStdin: whatever it is; else the controlling terminal, even where standard input is something else. */
export function openTerminal(useStdin: boolean): Terminal {
  if (!useStdin) return silence(openControlling(), true)
  if (native?.isTerminal(STDIN) === true) return silence(STDIN, false)
  return { descriptor: STDIN, silent: false, restore: () => undefined }
}
