import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import t from 'tap'
import { createContext, runInContext } from 'node:vm'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { probe, SecretBuffer, stats, type SecretView } from '../../lib/index'
import { open, toWorker } from '../../lib/share'
import { loadNativeAccess } from '../native-access'
import { runFixture } from '../run-fixture'
import { countInOpenMemory, secretMappings } from './secret-memory'
import { join } from 'node:path'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret')
  process.exit()
}

const CONTENTS = Buffer.from('what is looked at inside of a use')
const make = (): SecretBuffer => SecretBuffer.from(CONTENTS, { sealed: true })
const SCRIPT = join(__dirname, '..', 'fixtures', 'worker-to-terminate.js')
const CORRUPTED = { name: 'SecretMemoryError', code: 'ERR_MEMFD_SECRET_CORRUPTED' }

void t.test('fs, randomFill, zlib, brotli, net, a new Worker and a fork inside an async use', async (t) => {
  const { status, signal, stdout, stderr } = await runFixture('jobs-on-sealed')
  t.equal(stdout, 'intact\n', stderr)
  t.equal(signal, null)
  t.equal(status, 0)
})

void t.test('signals, collections, a CPU profiler and a timer of the kernel while uses come and go', async (t) => {
  const folder = t.testdir()
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval', '200', '--expose-gc']
  const { status, signal, stdout, stderr } = await runFixture('sealed-under-signals', { nodeArgs })
  t.match(stdout, /^intact after \d+ uses and \d+ signals\n$/, stderr)
  t.equal(signal, null)
  t.equal(status, 0)
})

for (const victim of ['at-rest', 'in-use-of-another', 'from-a-worker'] as const) {
  void t.test(`a native read of a sealed secret dies: ${victim}`, async (t) => {
    const { signal, stdout } = await runFixture('read-sealed', { args: [victim] })
    t.equal(signal, 'SIGSEGV')
    const [, address, code, fault] = /^reading (0x[0-9a-f]+)\nSIGSEGV code (\d+) at (0x[0-9a-f]+)\n$/.exec(stdout) ?? []
    t.equal(fault, address, stdout)
    // SEGV_PKUERR or SEGV_ACCERR.
    t.equal(code, probe().sealing === 'pkey' ? '4' : '2')
  })
}

void t.test('a vm timeout inside of a use wipes the copy and the secret', async (t) => {
  const before = stats()
  const secret = make()
  let kept: SecretView | undefined
  const act = (): void =>
    secret.use((outer) =>
      secret.use(() => {
        kept = outer
        for (;;);
      }),
    )
  t.throws(() => runInContext('act()', createContext({ act }), { timeout: 2000 }), {
    code: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
  })
  t.equal(countInOpenMemory(CONTENTS), 0)
  t.equal(secret.disposed, true)
  SecretBuffer.alloc(1).dispose()
  t.equal(kept?.length, 0)
  t.match(stats(), { secrets: before.secrets, pendingDisposals: 0 })
})

for (const way of ['sync', 'nested', 'async', 'rounds', 'idle'] as const) {
  void t.test(`a worker terminated in mid-use (${way})`, async (t) => {
    const before = stats().secrets
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(SCRIPT, { workerData: { way, sealed: true } })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await delay(i)
      t.equal(await worker.terminate(), 1)
    }
    t.equal(stats().secrets, before)
  })
}

void t.test('dispose waits for the use, destroy does not; both wipe the copy', async (t) => {
  const secret = make()
  let kept: SecretView | undefined
  const used = secret.use(async (bytes) => {
    kept = bytes
    await delay(5)
    bytes[0] = 0
    return bytes.toString('latin1', 1)
  })
  secret.dispose()
  t.equal(countInOpenMemory(CONTENTS), 2)
  t.equal(await used, CONTENTS.toString('latin1', 1))
  t.equal(countInOpenMemory(CONTENTS.subarray(1)), 0)
  t.equal(kept?.length, 0)

  const other = make()
  other.use((bytes) => {
    other.destroy()
    t.equal(bytes.length, 0)
    t.equal(countInOpenMemory(CONTENTS), 0)
  })
  t.match(stats(), { pendingDisposals: 0 })
})

const shown = probe().sealing === 'mprotect'
void t.test('a slow reader does not keep the seal open', { skip: !shown && 'a key shows in no map' }, async (t) => {
  const folder = t.testdir()
  const [fifo, counted] = [join(folder, 'fifo'), join(folder, 'counted')]
  execFileSync('mkfifo', [fifo])
  const secret = SecretBuffer.random(100_000, { sealed: true })
  const closed = secretMappings().filter((mapping) => mapping.closed).length
  // A pipe takes 64 KiB: while it is full, this process is in the middle of writeTo().
  const script = 'exec 3< "$0"; sleep 0.5; grep -c -- "---s .*secretmem" /proc/$PPID/maps > "$1"; cat <&3 > /dev/null'
  const reader = spawn('sh', ['-c', script, fifo, counted])
  const ended = once(reader, 'exit')
  const fd = openSync(fifo, 'w')
  t.equal(secret.writeTo(fd), 100_000)
  closeSync(fd)
  await ended
  t.equal(readFileSync(counted, 'utf8'), `${closed}\n`)
  secret.dispose()
})

void t.test('the view of an isolated secret ends at a guard page', async (t) => {
  const secret = SecretBuffer.random(32, { sealed: true, isolated: true })
  secret.use((bytes) => {
    const end = loadNativeAccess().addressOf(bytes.buffer) + 32n
    t.ok(secretMappings().some(({ start, length }) => start + BigInt(length) === end))
  })
  secret.dispose()
})

/** Beside the view of a use: what native code wrote there. */
const spoil = (bytes: SecretView, offset: number): void => {
  const access = loadNativeAccess()
  const at = access.addressOf(bytes.buffer) + BigInt(offset)
  access.poke(at, (access.peek(at, 1)[0] ?? 0) ^ 1)
}

for (const [what, offsetsOf] of [
  // Of 5008 bytes, which end at the guard page, there is no byte behind.
  ['an overrun', (byteLength: number) => (byteLength === 5008 ? [] : [byteLength])],
  ['an underrun', () => [-1, -8, -16]],
] as const) {
  void t.test(`${what} of the view is found as the use ends, and ends the secret`, async (t) => {
    const before = stats().secrets
    for (const byteLength of [1, 32, 100, 1008, 5000, 5008]) {
      for (const isolated of [false, true]) {
        for (const offset of offsetsOf(byteLength)) {
          if (offset > 0 && isolated && byteLength % 16 === 0) continue
          const secret = SecretBuffer.random(byteLength, { sealed: true, isolated })
          t.throws(() => secret.use((bytes) => spoil(bytes, offset)), CORRUPTED, `${byteLength} bytes, at ${offset}`)
          t.equal(secret.disposed, true)
          t.throws(() => secret.use(() => 0), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
        }
      }
    }
    const secret = SecretBuffer.random(32, { sealed: true })
    const used = secret.use(async (bytes) => {
      spoil(bytes, offsetsOf(32)[0] ?? 0)
      await null
    })
    await t.rejects(used, CORRUPTED)
    t.equal(secret.disposed, true)
    t.equal(stats().secrets, before, 'wiped, and not only said to be over')
  })
}

void t.test('nothing of a use whose view was run over or under reaches those who share the secret', async (t) => {
  const secret = make()
  const other = open(toWorker(secret))
  for (const offset of [-1, CONTENTS.length]) {
    const one = open(toWorker(secret))
    t.throws(
      () =>
        one.use((bytes) => {
          bytes.fill(0)
          spoil(bytes, offset)
        }),
      CORRUPTED,
    )
  }
  t.ok(other.equals(CONTENTS))
  other.dispose()
  secret.dispose()
})
