import type { Random } from '../random'

export const ENDINGS = ['dispose', 'destroy'] as const
export type Ending = (typeof ENDINGS)[number]

const MOST_MILLISECONDS = 3

type Later = (end: () => void, random: Random) => void

const WAYS: readonly Later[] = [
  (end) => end(),
  (end) => queueMicrotask(end),
  (end) => process.nextTick(end),
  (end) => void setImmediate(end),
  (end) => void setImmediate(() => setImmediate(end)),
  (end, random) => void setTimeout(end, random.between(1, MOST_MILLISECONDS)),
]

/** Calls `end` at a time that is drawn: right away, in this turn of the event loop, in one of the next, some time later. */
export function endAt(random: Random, end: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      try {
        end()
        resolve()
      } catch (error) {
        reject(error as Error)
      }
    }
    random.pick(WAYS)(settle, random)
  })
}
