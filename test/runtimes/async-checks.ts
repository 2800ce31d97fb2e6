import assert from 'node:assert/strict'
import { randomFill } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, read, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { SecretBuffer, type SecretView } from '../../lib/index'
import { type Check, withCode } from './checks'
import type { WorkerAnswer } from './worker'

const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

async function asyncUse(): Promise<void> {
  const secret = SecretBuffer.from('a key of thirty-two bytes, ASCII')
  let kept: SecretView | undefined
  const length = await secret.use(async (view) => {
    kept = view
    await tick()
    return view.length
  })
  assert.equal(length, 32)
  assert.equal(kept?.length, 0)
  await assert.rejects(
    secret.use(async (view) => {
      await tick()
      return view.subarray(1)
    }),
    withCode('ERR_MEMFD_SECRET_VIEW_ESCAPED'),
  )
  await assert.rejects(
    secret.use(() => Promise.reject(new RangeError('mine'))),
    RangeError,
  )
}

async function disposeWhileUsed(): Promise<void> {
  const secret = SecretBuffer.alloc(32)
  let finish = (): void => undefined
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  const using = secret.use(async (view) => {
    await held
    return view.length
  })
  secret.dispose()
  assert.throws(() => secret.use(() => 0), withCode('ERR_MEMFD_SECRET_DISPOSED'))
  let wiped = false
  const waiting = secret[Symbol.asyncDispose]().then(() => {
    wiped = true
  })
  await tick()
  assert.equal(wiped, false)
  finish()
  assert.equal(await using, 32)
  await waiting
  assert.equal(wiped, true)
}

/** A job of the thread pool that writes to the view, and a disposal that must not let it write elsewhere. */
async function poolJob(): Promise<void> {
  const secret = SecretBuffer.alloc(4096)
  await secret.use(async (view) => void (await promisify<Buffer, unknown>(randomFill)(view)))
  assert.equal(
    secret.use((view) => view.every((byte) => byte === 0)),
    false,
  )
  // Not randomFill: Deno's looks at the view once more when it is done, and throws where nobody can catch it.
  const descriptor = openSync('/dev/urandom', 'r')
  const readFrom = promisify(read)
  const reading = secret.use((view) =>
    readFrom(descriptor, view, 0, 4096, null)
      .catch(() => undefined)
      .then(() => 'over'),
  )
  secret.destroy()
  assert.equal(await reading, 'over')
  closeSync(descriptor)
}

async function fromFile(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
  const file = join(folder, 'key')
  try {
    writeFileSync(file, 'c2VjcmV0IGtleQ==\n')
    for (const secret of [
      await SecretBuffer.fromFile(file, { trimNewline: true }),
      SecretBuffer.fromFileSync(file, { trimNewline: true }),
    ]) {
      assert.equal(secret.revealString(), 'c2VjcmV0IGtleQ==')
    }
    const options = { decode: 'base64', trimNewline: true } as const
    assert.equal((await SecretBuffer.fromFile(file, options)).revealString(), 'secret key')
    assert.equal(SecretBuffer.fromFileSync(file, options).revealString(), 'secret key')
    const descriptor = openSync(file, 'r')
    assert.equal(SecretBuffer.fromFileSync(descriptor).byteLength, 17)
    closeSync(descriptor)
    const small = { maxBytes: 4 }
    assert.throws(() => SecretBuffer.fromFileSync(file, small), withCode('ERR_MEMFD_SECRET_TOO_LARGE'))
    await assert.rejects(SecretBuffer.fromFile(file, small), withCode('ERR_MEMFD_SECRET_TOO_LARGE'))
    await assert.rejects(SecretBuffer.fromFile(`${file}.none`), withCode('ENOENT'))
    await assert.rejects(SecretBuffer.fromFile(file, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function fromStream(): Promise<void> {
  async function* chunks() {
    yield Buffer.from('one, ')
    await tick()
    yield Buffer.from('two')
  }
  assert.equal((await SecretBuffer.fromStream(chunks())).revealString(), 'one, two')
}

function ask(role: string): { worker: Worker; answer: Promise<WorkerAnswer>; ended: Promise<unknown> } {
  const worker = new Worker(join(__dirname, 'conformance.js'), { workerData: { role } })
  const answer = new Promise<WorkerAnswer>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { worker, answer, ended: new Promise((resolve) => worker.once('exit', resolve)) }
}

async function workers(): Promise<void> {
  const mine = SecretBuffer.from('mine')
  const pair = [ask('rounds'), ask('rounds')]
  for (const { answer, ended } of pair) {
    assert.deepEqual(await answer, { intact: true })
    await ended
  }
  assert.equal(mine.revealString(), 'mine')
}

async function terminate(): Promise<void> {
  const { worker, answer, ended } = ask('busy')
  assert.deepEqual(await answer, { intact: true })
  await worker.terminate()
  await ended
  const after = SecretBuffer.random(32)
  assert.equal(after.equals(SecretBuffer.from(after)), true)
}

export const ASYNC_CHECKS: Record<string, Check> = {
  'async use': asyncUse,
  'dispose while used': disposeWhileUsed,
  'pool job': poolJob,
  fromFile,
  fromStream,
  workers,
  'terminated worker': terminate,
}
