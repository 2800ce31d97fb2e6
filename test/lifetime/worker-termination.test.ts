import t from 'tap'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { SecretBuffer, stats } from '../../lib/index'
import type { WayToUse } from '../fixtures/worker-to-terminate'
import { mappedSecretBytes } from '../secret-mappings'

const SCRIPT = join(__dirname, '..', 'fixtures', 'worker-to-terminate.js')
const MIB = 1024 * 1024

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

const kept = SecretBuffer.from('of the main thread')
const before = stats()
t.teardown(() => kept.dispose())

/** Starts a worker, waits until it is inside its use, and terminates it there. */
async function terminateInside(way: WayToUse, afterMs = 0): Promise<number> {
  const worker = new Worker(SCRIPT, { workerData: { way } })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  if (afterMs > 0) await delay(afterMs)
  return worker.terminate()
}

for (const way of ['sync', 'nested', 'async', 'rounds', 'idle'] as const) {
  void t.test(`a worker terminated in mid-use (${way}) gives back all it had`, async (t) => {
    const mapped = mappedSecretBytes()
    for (let i = 0; i < 5; i++) t.equal(await terminateInside(way, i), 1)
    t.equal(mappedSecretBytes(), mapped)
    t.match(stats(), { ...before })
    t.equal(kept.revealString(), 'of the main thread')
  })
}

void t.test('many workers, four at a time: nothing is lost', async (t) => {
  const ways: readonly WayToUse[] = ['sync', 'async', 'rounds', 'nested']
  const terminateSome = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += ways.length)
      await Promise.all(ways.map((way, j) => terminateInside(way, (i + j) % 5)))
  }
  const mapped = mappedSecretBytes()
  await terminateSome(16)
  const rss = process.memoryUsage.rss()
  await terminateSome(48)
  const grown = process.memoryUsage.rss() - rss
  t.equal(mappedSecretBytes(), mapped)
  t.ok(grown < 64 * MIB, `grew by ${grown} bytes`)
  t.match(stats(), { ...before })
})
