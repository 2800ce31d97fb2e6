import { parentPort, workerData } from 'node:worker_threads'
import { SecretBuffer } from '../../lib/index'

export interface WorkerAnswer {
  intact: boolean
}

async function rounds(): Promise<boolean> {
  const held = SecretBuffer.alloc(32)
  held.fill(5)
  for (let round = 0; round < 1000; round++) {
    const secret = SecretBuffer.random(32)
    if (!secret.use((view) => view.length === 32)) return false
    secret.dispose()
    if (round % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  // Left alive: the end of the worker has to clean up.
  return held.use((view) => view.every((byte) => byte === 5))
}

/** Is in the middle of a use() for good, until it is terminated. */
function busy(): void {
  const secret = SecretBuffer.random(32)
  secret.use((view) => {
    parentPort?.postMessage({ intact: view.length === 32 } satisfies WorkerAnswer)
    for (;;) view[0] = (view[0] ?? 0) + 1
  })
}

export function inWorker(): void {
  const { role } = workerData as { role: string }
  if (role === 'busy') busy()
  else void rounds().then((intact) => parentPort?.postMessage({ intact } satisfies WorkerAnswer))
}
