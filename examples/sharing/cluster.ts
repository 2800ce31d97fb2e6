/**
 * A cluster whose workers get a key from the primary, each over a Unix socket of its own: a worker that is forked again
 * after a crash simply asks again. (A descriptor in cluster's stdio would have to stay open for that.)
 *
 *     node out/examples/sharing/cluster.js
 */
import cluster, { type Worker } from 'node:cluster'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretBuffer } from 'memfd-secret'
import { receiveSecret, sendSecret } from 'memfd-secret/share'

function sign(key: SecretBuffer, message: string): string {
  return key.use((bytes) => createHmac('sha256', bytes).update(message).digest('hex'))
}

/** Gives the key to a worker that says where it listens; answers what it signs with it. */
async function serve(worker: Worker, key: SecretBuffer): Promise<string> {
  const [path] = (await once(worker, 'message')) as [string]
  const [[signature]] = await Promise.all([once(worker, 'message'), sendSecret(path, key)])
  return signature as string
}

async function primary(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  using key = SecretBuffer.random(32)
  // The third takes the place of the first, as after a crash.
  for (const place of [1, 2, 1]) {
    const worker = cluster.fork({ KEY_SOCKET: join(folder, `worker-${place}`) })
    const exited = once(worker, 'exit')
    const signature = await serve(worker, key)
    console.log(`worker at place ${place}: ${signature === sign(key, 'hello') ? 'the same signature' : 'another'}`)
    worker.disconnect()
    await exited
  }
  rmSync(folder, { recursive: true })
}

async function inWorker(path: string): Promise<void> {
  const receiving = receiveSecret(path)
  // It listens by now.
  process.send?.(path)
  const { secret } = await receiving
  process.send?.(sign(secret, 'hello'))
  secret.dispose()
}

void (cluster.isPrimary ? primary() : inWorker(process.env['KEY_SOCKET'] ?? ''))
