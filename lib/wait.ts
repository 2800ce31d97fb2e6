import { invalidType } from './errors'
import { native } from './native'
import { systemErrorOf } from './system-error'

/**
 * Waits are made of short looks and pauses, not of a read(2) that blocks: that would hold a thread of libuv's pool until
 * bytes come, which may be never, and could not be called back by an AbortSignal. A quick peer is met by the first looks
 * within a millisecond; a slow one, such as a person who types, costs fifty looks a second.
 */
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 20

/** By what is called of it: one of another realm, or of a polyfill, serves as well. */
export function checkSignal(signal: unknown, name = 'options.signal'): void {
  if (signal === undefined) return
  if (typeof signal === 'object' && signal !== null && 'throwIfAborted' in signal && 'addEventListener' in signal)
    return
  throw invalidType('an AbortSignal', name, signal)
}

/** Resolves after ms, or rejects with the signal's reason as soon as it is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    function abort(): void {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** Looks again and again until there is an answer that is not null. Yields to the event loop before each look but the first. */
export async function until<T>(look: () => T | null, signal: AbortSignal | undefined): Promise<T> {
  for (let ms = FIRST_PAUSE; ; ms = Math.min(ms * 2, LONGEST_PAUSE)) {
    signal?.throwIfAborted()
    const answer = look()
    if (answer !== null) return answer
    await pause(ms, signal)
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Resolves once read(2) of the descriptor would not block; asked for anew at each look, since a FileHandle may be closed. */
export async function untilReadable(descriptor: () => number, signal: AbortSignal | undefined): Promise<void> {
  // A writer that is always ahead must not keep other work from its turn.
  await nextTurn()
  await until(() => {
    const answer = native === null ? true : native.isReadable(descriptor())
    if (typeof answer === 'number') throw systemErrorOf(answer)
    return answer ? true : null
  }, signal)
}

/** Rejects as soon as the signal is aborted; what the promise gives later is the caller's to clean up. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  // The loser of the race may reject later, when nobody listens any more.
  promise.catch(() => undefined)
  if (signal === undefined) return promise
  signal.throwIfAborted()
  let abort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
