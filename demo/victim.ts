/**
 * The victim: a process that holds a private key and signs with it, as a server would. It is started by the
 * demonstration with the way to hold the key and the key's file, and takes requests over its IPC channel.
 */
import { sign } from 'node:crypto'
import { openSync, readFileSync, readSync, closeSync } from 'node:fs'
import { SecretBuffer } from '../lib/index'
import { map, memfdSecret } from '../lib/raw'
import type { HowToHold, Reply, Request } from './messages'

interface Held {
  backing: string
  byteLength: number
  use<T>(fn: (pem: Buffer) => T): T
}

function holdInBuffer(path: string): Held {
  const pem = readFileSync(path)
  return { backing: 'Buffer', byteLength: pem.byteLength, use: (fn) => fn(pem) }
}

function holdInSecretBuffer(path: string, minBacking: 'mlock' | 'memfd_secret'): Held {
  const secret = SecretBuffer.fromFileSync(path, { minBacking })
  if (secret.backing !== minBacking) {
    throw new Error(`Expected ${minBacking} for the backing but received ${secret.backing}`)
  }
  return { backing: secret.backing, byteLength: secret.byteLength, use: (fn) => secret.use(fn) }
}

// The mistake that SecretBuffer does not make: whoever may use pidfd_getfd takes the descriptor and maps it.
function holdWithDescriptorOpen(path: string): Held {
  const space = Buffer.from(map(memfdSecret(), 4096))
  const file = openSync(path, 'r')
  const pem = space.subarray(0, readSync(file, space))
  closeSync(file)
  return { backing: 'memfd_secret', byteLength: pem.byteLength, use: (fn) => fn(pem) }
}

function hold(how: HowToHold, path: string): Held {
  if (how === 'buffer') return holdInBuffer(path)
  if (how === 'memfd_secret-descriptor-open') return holdWithDescriptorOpen(path)
  return holdInSecretBuffer(path, how)
}

function say(reply: Reply): void {
  process.send?.(reply)
}

function textOf(error: unknown, property: 'code' | 'hint'): string | null {
  const value = error instanceof Error ? (error as Error & Record<string, unknown>)[property] : null
  return typeof value === 'string' ? value : null
}

function answer(held: Held, request: Request): void {
  if (request.do === 'sign') {
    const signature = held.use((pem) => sign('sha256', Buffer.from(request.data, 'base64'), pem))
    say({ event: 'signature', signature: signature.toString('base64') })
    return
  }
  // OpenSSL wipes a parsed key when it is freed, and Node frees it when the object around it is collected.
  globalThis.gc?.()
  setImmediate(() => {
    globalThis.gc?.()
    setImmediate(() => say({ event: 'collected' }))
  })
}

function main(how: HowToHold, path: string): void {
  let warning: string | null = null
  process.on('warning', (warned) => {
    warning ??= textOf(warned, 'code')
  })
  // The demonstration ended or died: nothing of the key stays behind.
  process.on('disconnect', () => process.exit())
  try {
    const held = hold(how, path)
    process.on('message', (request: Request) => answer(held, request))
    // A process warning is emitted a tick later.
    setImmediate(() => say({ event: 'ready', backing: held.backing, byteLength: held.byteLength, warning }))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    say({ event: 'failed', code: textOf(error, 'code'), message, hint: textOf(error, 'hint') })
    process.disconnect()
  }
}

main(process.argv[2] as HowToHold, process.argv[3] ?? '')
