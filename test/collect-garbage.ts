import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Collects everything that is unreachable and lets its finalizers run: they are tasks of the event loop, in batches. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    gc()
    await turn()
  }
}

/** Collects until told to stop by `done`, at most so often: what a test asserts is `done`, not how soon. */
export async function collectUntil(done: () => boolean, most = 50): Promise<boolean> {
  for (let i = 0; i < most && !done(); i++) await collectGarbage()
  return done()
}
