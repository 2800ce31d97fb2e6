// What the runtimes do differently with a view's memory. Not judged: told in docs/runtimes.md.
import { MessageChannel } from 'node:worker_threads'
import * as workerThreads from 'node:worker_threads'
import { SecretBuffer, type SecretView } from '../../lib/index'

export type Facts = Record<string, string>

const errorName = (error: unknown): string => `throws ${error instanceof Error ? error.name : typeof error}`

/** What an action did to the memory of a view: threw, moved it, or left it where it was. */
function outcome(action: (view: SecretView) => unknown): string {
  const secret = SecretBuffer.random(32)
  const view = secret.bytes
  try {
    action(view)
    return view.length === 0 ? 'moves' : 'copies'
  } catch (error) {
    return errorName(error)
  } finally {
    try {
      secret.dispose()
    } catch {
      // One that was moved away.
    }
  }
}

function transferList(view: SecretView): void {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(view, [view.buffer])
  } finally {
    port1.close()
    port2.close()
  }
}

function transfer(view: SecretView): void {
  const move: unknown = Reflect.get(view.buffer, 'transfer')
  if (typeof move !== 'function') throw new TypeError('none')
  move.call(view.buffer)
}

export function findFacts(): Facts {
  const uncloneable = 'markAsUncloneable' in workerThreads
  return {
    'view in a transfer list': outcome(transferList),
    'view.buffer.transfer()': 'transfer' in ArrayBuffer.prototype ? outcome(transfer) : 'is not there',
    'structuredClone(view)': outcome((view) => structuredClone(view)),
    'structuredClone(secret)': outcomeOfClone(),
    markAsUncloneable: uncloneable ? 'is there' : 'is not there',
  }
}

function outcomeOfClone(): string {
  const secret = SecretBuffer.random(32)
  try {
    return `gives ${Object.keys(structuredClone(secret)).length === 0 ? 'an empty object' : 'an object'}`
  } catch (error) {
    return errorName(error)
  } finally {
    secret.dispose()
  }
}
