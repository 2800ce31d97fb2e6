import t from 'tap'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { SecretBuffer, stats } from '../../lib/index'
import type { WorkerReport } from '../fixtures/worker-rounds'
import { runFixture } from '../run-fixture'
import { mappedSecretBytes } from '../secret-mappings'

const SCRIPT = join(__dirname, '..', 'fixtures', 'worker-rounds.js')

function runWorker(workerData: { id: number; rounds: number; live: number }): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    let report: WorkerReport | undefined
    const worker = new Worker(SCRIPT, { workerData })
    worker.once('message', (message: WorkerReport) => (report = message))
    worker.once('error', reject)
    worker.once('exit', () => (report === undefined ? reject(new Error('Expected a report')) : resolve(report)))
  })
}

void t.test('eight workers at once, each on its own', async (t) => {
  using kept = SecretBuffer.from('of the main thread')
  const before = stats()
  const mapped = mappedSecretBytes()
  const reports = await Promise.all(
    Array.from({ length: 8 }, (_, i) => runWorker({ id: i + 1, rounds: 3000, live: 10 * i })),
  )
  for (const [i, report] of reports.entries()) {
    t.match(report, { intact: true, secrets: 10 * i, bytes: 320 * i }, 'sees only its own')
  }
  t.match(stats(), { ...before })
  t.equal(mappedSecretBytes(), mapped, 'what was live when they ended is given back')
  t.equal(kept.revealString(), 'of the main thread')
})

void t.test('a SecretBuffer posted to a worker or cloned carries no byte', async (t) => {
  const text = 'not to be carried anywhere'
  using secret = SecretBuffer.from(text)
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     parentPort.once('message', (message) => parentPort.postMessage(require('node:util').inspect(message, { showHidden: true, depth: 9 })))`,
    { eval: true },
  )
  const said = new Promise<string>((resolve) => worker.once('message', resolve))
  worker.postMessage({ secret })
  t.notMatch(await said, new RegExp(`${text}|6e.?6f.?74`))
  await worker.terminate()
})

void t.test('a floor that a worker raises holds the main thread', async (t) => {
  const { stdout, status } = await runFixture('floor-raised-in-worker', { env: { MEMFD_SECRET_MIN_BACKING: '' } })
  t.equal(stdout, `${process.platform === 'linux' ? 'mlock' : 'heap'} memfd_secret ERR_MEMFD_SECRET_POLICY\n`)
  t.equal(status, 0)
})

void t.test('an addon that only workers load', async (t) => {
  const { status, signal, stdout } = await runFixture('addon-in-worker-only')
  t.match({ status, signal, stdout }, { status: 0, signal: null, stdout: '0 0 0 0 0 done\n' })
})
