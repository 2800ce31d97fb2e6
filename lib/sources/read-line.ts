import { readSync } from 'node:fs'
import { finishReading, GrowingSecret, newlineLength, tooLarge } from '../growing-secret'
import type { Lifetime } from '../lifetime'
import { native } from '../native'
import { type AsyncReadOptions, DEFAULT_MAX_BYTES } from '../read-file'
import { untilReadable } from '../wait'
import type { Terminal } from './terminal'

const NEWLINE = 0x0a
/** Of \r\n. */
const LONGEST_NEWLINE = 2

interface Piece {
  count: number
  /** A newline, or the end of input. */
  last: boolean
}

/** A terminal gives a line at most; of a pipe only byte by byte nothing is taken that follows the line. */
function readPiece(growing: GrowingSecret, { descriptor, silent }: Terminal): Piece {
  let last = false
  const room = silent ? growing.room() : Math.min(growing.room(), 1)
  const count = growing.fill((view, offset) => {
    const got = readSync(descriptor, view, offset, room, null)
    last = got === 0 || view[offset + got - 1] === NEWLINE
    return got
  })
  return { count, last }
}

const isAgain = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EAGAIN'

async function nextPiece(growing: GrowingSecret, terminal: Terminal, signal: AbortSignal | undefined): Promise<Piece> {
  for (;;) {
    await untilReadable(() => {
      if (terminal.silent) native?.keepTerminalSilent()
      return terminal.descriptor
    }, signal)
    try {
      return readPiece(growing, terminal)
    } catch (error) {
      if (!isAgain(error)) throw error
    }
  }
}

/** One line, without its newline, or what there is before the end of input. */
export async function readLine(terminal: Terminal, options: AsyncReadOptions): Promise<Lifetime> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  const growing = new GrowingSecret(Math.min(maxBytes, 256), maxBytes + LONGEST_NEWLINE, options)
  try {
    while (!(await nextPiece(growing, terminal, options.signal)).last);
    const { length } = growing
    if (length - newlineLength(growing.memory, length) > maxBytes) throw tooLarge(maxBytes)
    return finishReading(growing, { ...options, trimNewline: true })
  } finally {
    growing.destroy()
  }
}
