import { writeSync } from 'node:fs'
import { checkOptions } from '../arguments'
import { invalidType } from '../errors'
import { type AsyncReadOptions, checkReadOptions } from '../read-file'
import { type SecretBuffer, wrapLifetime } from '../secret-buffer'
import { unlessAborted } from '../wait'
import { readLine } from './read-line'
import { openTerminal, type Terminal } from './terminal'

export interface PromptOptions extends AsyncReadOptions {
  /**
   * Reads a line of standard input, whatever that is: without a terminal, as in `echo … | node app.js`, prompt() else
   * refuses. Where it is a terminal it is used as one.
   */
  stdin?: boolean
}

/** One at a time: two prompts at once would share the lines that are typed. */
let last: Promise<unknown> = Promise.resolve()

/**
 * Asks at the terminal, without an echo, and reads one line straight into secret memory; the newline is dropped. The
 * terminal is put back on every way out: an answer, an error, an abort, a signal, an uncaught throw, process.exit.
 * maxBytes: of the line, without its newline.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where there is no terminal; the signal's reason once aborted, and
 *   what was typed until then is discarded; TypeError ERR_INVALID_ARG_VALUE for an empty line.
 */
export async function prompt(message: string, options?: PromptOptions): Promise<SecretBuffer> {
  if (typeof message !== 'string') throw invalidType('a string', 'message', message)
  const checked = checkOptions(options)
  checkReadOptions(checked)
  const { stdin, signal } = checked
  if (stdin !== undefined && typeof stdin !== 'boolean') throw invalidType('a boolean', 'options.stdin', stdin)
  signal?.throwIfAborted()
  const before = last
  const { promise: turn, resolve: done } = deferred()
  last = before.then(() => turn)
  try {
    await unlessAborted(before, signal)
    return await ask(message, checked)
  } finally {
    done()
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

async function ask(message: string, options: PromptOptions): Promise<SecretBuffer> {
  const terminal = openTerminal(options.stdin === true)
  let answered = false
  try {
    if (terminal.silent) writeSync(terminal.descriptor, message)
    const lifetime = await readLine(terminal, options)
    answered = true
    return wrapLifetime(lifetime)
  } finally {
    leave(terminal, answered)
  }
}

function leave(terminal: Terminal, answered: boolean): void {
  // Half a line that was typed would else be the next program's input.
  terminal.restore(!answered)
}
