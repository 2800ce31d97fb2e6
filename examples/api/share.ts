import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { probe, SecretBuffer } from 'memfd-secret'

async function withWorker(): Promise<void> {
  //#region toWorker
  const { toWorker } = await import('memfd-secret/share')
  const key = SecretBuffer.random(32)
  const worker = new Worker(__filename, { workerData: toWorker(key) })
  await new Promise((resolve) => worker.once('message', resolve)) // it has opened the secret
  key.dispose()
  //#endregion toWorker
  await new Promise((resolve) => worker.once('exit', resolve))
}

async function inWorker(): Promise<void> {
  //#region open
  const { open } = await import('memfd-secret/share')
  const key = open(workerData) // in a Worker: what toWorker() gave
  parentPort?.postMessage('opened')
  key.dispose()
  //#endregion open
}

async function withProcess(): Promise<void> {
  //#region toProcess
  const { toProcess } = await import('memfd-secret/share')
  const key = SecretBuffer.from('for the child')
  const handle = toProcess(key)
  const program = `console.log(require('memfd-secret/share').open(3).byteLength)`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit', handle.fd] })
  handle.close() // the child has its own
  //#endregion toProcess
  let printed = ''
  for await (const chunk of child.stdout ?? []) printed += String(chunk)
  assert.equal(printed, '13\n')
}

async function overSocket(path: string): Promise<void> {
  //#region receiveSecret
  const { receiveSecret } = await import('memfd-secret/share')
  const receiving = receiveSecret(path, { signal: AbortSignal.timeout(10_000) }) // of this user alone
  //#endregion receiveSecret
  //#region sendSecret
  const { sendSecret } = await import('memfd-secret/share')
  await sendSecret(path, SecretBuffer.from('a token'), { name: 'token' }) // in another process
  //#endregion sendSecret
  const { name, secret } = await receiving
  assert.equal(`${name}: ${secret.revealString()}`, 'token: a token')
}

async function main(): Promise<void> {
  await withWorker()
  if (!probe().memfdSecret.available) return console.log('# no descriptors of secret memory here')
  await withProcess()
  const folder = mkdtempSync(join(tmpdir(), 'example-'))
  try {
    await overSocket(join(folder, 'handover.sock'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

void (isMainThread ? main() : inWorker())
