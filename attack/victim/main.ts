/**
 * The victim: a process that holds a secret and uses it, as a server would. It is started with the way to hold it and the
 * file that it is in, and takes requests over its IPC channel.
 */
import { createHash, sign } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { probe } from '../../lib/index'
import type { HowToHold } from '../holders'
import { type Held, hold } from './held'
import type { Inside } from './inside'
import type { Addresses } from '../attacker'
import { beginUse, locate, wholePages } from './locate'
import type { Reply, Request, SentRange } from './messages'

function say(reply: Reply): void {
  process.send?.(reply)
}

function textOf(error: unknown, property: 'code' | 'hint'): string | null {
  const value = error instanceof Error ? (error as Error & Record<string, unknown>)[property] : null
  return typeof value === 'string' ? value : null
}

function sayFailed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  const { sealing } = probe()
  say({ event: 'failed', code: textOf(error, 'code'), message, hint: textOf(error, 'hint'), sealing })
}

// OpenSSL wipes a parsed key when it is freed, and Node frees it when the object around it is collected.
function collect(): void {
  globalThis.gc?.()
  setImmediate(() => {
    globalThis.gc?.()
    setImmediate(() => say({ event: 'collected' }))
  })
}

function digest(held: Held): string | null {
  try {
    return held.use((bytes) => createHash('sha256').update(bytes).digest('hex'))
  } catch (error) {
    if (textOf(error, 'code') === 'ERR_MEMFD_SECRET_CORRUPTED') return null
    throw error
  }
}

const sent = (ranges: readonly Addresses[]): SentRange[] =>
  ranges.map(({ start, end }) => [start.toString(16), end.toString(16)])

function makeSystemCalls(count: number): void {
  for (let i = 0; i < count; i += 1) fstatSync(0)
}

async function attack(held: Held, name: string, path: string): Promise<void> {
  const { inside } = (await import(`../attacks/${name}.js`)) as { inside: Inside }
  say({ event: 'attacked', result: await inside(held, path) })
}

async function answer(held: Held, request: Request): Promise<void> {
  switch (request.do) {
    case 'sign': {
      const signature = held.use((pem) => sign('sha256', Buffer.from(request.data, 'base64'), pem))
      return say({ event: 'signature', signature: signature.toString('base64') })
    }
    case 'collect':
      return collect()
    case 'locate': {
      const { ranges, exact } = locate(held)
      return say({ event: 'located', ranges: sent(ranges), pages: sent(wholePages(ranges)), exact })
    }
    case 'begin-use':
      beginUse(held)
      return say({ event: 'in-use' })
    case 'digest':
      return say({ event: 'digest', sha256: digest(held) })
    case 'make-system-calls':
      makeSystemCalls(request.count)
      return say({ event: 'made-system-calls' })
    case 'attack':
      return attack(held, request.name, request.path)
  }
}

function main(how: HowToHold, path: string): void {
  let warning: string | null = null
  process.on('warning', (warned) => {
    warning ??= textOf(warned, 'code')
  })
  // The attacker ended or died: nothing of the secret stays behind.
  process.on('disconnect', () => process.exit())
  try {
    const held = hold(how, path)
    process.on('message', (request: Request) => void answer(held, request).catch(sayFailed))
    // An inspector gets at what code in the process gets at.
    Object.assign(globalThis, { application: { secret: held.object, use: held.use } })
    const { backing, byteLength } = held
    const { sealing } = probe()
    // A process warning is emitted a tick later.
    setImmediate(() => say({ event: 'ready', backing, byteLength, warning, sealing }))
  } catch (error) {
    sayFailed(error)
    process.disconnect()
  }
}

main(process.argv[2] as HowToHold, process.argv[3] ?? '')
