import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { SecretBuffer } from '../../lib/index'
import type { Random } from '../random'
import type { Counts } from './rounds'

const AT_A_TIME = 2
const MOST_MILLISECONDS = 120
const KEPT = 100

/** Starts a worker that runs rounds and terminates it in the middle of some. */
async function terminateOne(random: Random, counts: Counts): Promise<void> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(join(__dirname, 'worker.js'), { workerData: { seed: random.next(), counts: shared } })
  const failed = new Promise<never>((_, reject) => worker.once('error', reject))
  failed.catch(() => undefined)
  await Promise.race([failed, new Promise((resolve) => worker.once('message', resolve))])
  await Promise.race([failed, delay(random.between(0, MOST_MILLISECONDS))])
  await worker.terminate()
  counts.rounds += Atomics.load(shared, 0)
  counts.inFlight += Atomics.load(shared, 1)
}

/** Terminates workers in mid-round until told to stop; says how many. Secrets of this thread must stay as they are. */
export async function terminateWorkers(random: Random, until: () => boolean, counts: Counts): Promise<number> {
  const expected = random.bytes(32)
  const kept = Array.from({ length: KEPT }, (_, i) => SecretBuffer.from(expected, { sealed: i % 2 === 0 }))
  let terminations = 0
  while (!until()) {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => terminateOne(random, counts)))
    terminations += AT_A_TIME
    if (!kept.every((secret) => secret.equals(expected))) throw new Error('A secret of another thread was written to')
  }
  for (const secret of kept) secret.dispose()
  return terminations
}
