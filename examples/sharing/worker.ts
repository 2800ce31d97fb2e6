/**
 * A key that two Workers sign with, in pages that all three threads share: no message carries a byte of it, and no
 * descriptor is open. The last holder to dispose wipes.
 *
 *     node out/examples/sharing/worker.js
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { SecretBuffer } from 'memfd-secret'
import { open, toWorker, type WorkerHandle } from 'memfd-secret/share'

function sign(key: SecretBuffer, message: string): string {
  return key.use((bytes) => createHmac('sha256', bytes).update(message).digest('hex'))
}

async function main(): Promise<void> {
  using key = SecretBuffer.random(32)
  const expected = sign(key, 'hello')
  const workers = [1, 2].map(() => new Worker(__filename, { workerData: toWorker(key) }))
  const answers = await Promise.all(workers.map((worker) => once(worker, 'message') as Promise<[string]>))
  for (const [i, [signature]] of answers.entries()) {
    console.log(`worker ${i + 1}: ${signature === expected ? 'the same signature' : 'another signature'}`)
  }
}

function inWorker(): void {
  using key = open(workerData as WorkerHandle)
  parentPort?.postMessage(sign(key, 'hello'))
}

if (isMainThread) void main()
else inWorker()
