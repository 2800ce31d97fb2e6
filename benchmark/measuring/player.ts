import { fork, type ForkOptions } from 'node:child_process'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Spec } from '../tasks/index'
import type { Prepared, Reply, Request } from './serve'
import type { Slice } from './slice'

/** One task of a process or worker, that takes its turn when it is told to. */
export interface Player {
  about: Readonly<Record<string, string>>
  /** Why there is no such task here; null where there is. */
  unavailable: string | null
  slice(milliseconds: number): Promise<Slice>
}

export interface Host {
  players: Player[]
  close(): void
}

const PATIENCE = 120_000

/** What fork() and Worker have in common. */
interface Channel {
  send(message: Request): void
  end(): void
}

type Settle = { resolve: (reply: Reply) => void; reject: (error: Error) => void }

/** One question at a time, each with one answer. */
class Conversation {
  #waiting: Settle | null = null
  #over: Error | null = null
  readonly #early: Reply[] = []

  receive(reply: Reply): void {
    if (this.#waiting === null) this.#early.push(reply)
    else this.#settle(({ resolve }) => resolve(reply))
  }

  end(error: Error): void {
    this.#over ??= error
    this.#settle(({ reject }) => reject(error))
  }

  next(): Promise<Reply> {
    const early = this.#early.shift()
    if (early !== undefined) return Promise.resolve(early)
    if (this.#over !== null) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  #settle(how: (waiting: Settle) => void): void {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting !== null) how(waiting)
  }
}

async function patiently(answer: Promise<Reply>, end: () => void): Promise<Reply> {
  const timer = setTimeout(end, PATIENCE)
  try {
    const reply = await answer
    if ('error' in reply) throw new Error(reply.error)
    return reply
  } finally {
    clearTimeout(timer)
  }
}

function makePlayer(prepared: Prepared, task: number, channel: Channel, conversation: Conversation): Player {
  const unavailable = 'unavailable' in prepared ? prepared.unavailable : null
  return {
    about: 'about' in prepared ? prepared.about : {},
    unavailable,
    slice: async (milliseconds) => {
      channel.send({ task, milliseconds })
      const reply = await patiently(conversation.next(), channel.end)
      if (!('slice' in reply)) throw new Error('Expected a slice but received something else')
      return reply.slice
    },
  }
}

async function makeHost(channel: Channel, conversation: Conversation): Promise<Host> {
  try {
    const reply = await patiently(conversation.next(), channel.end)
    if (!('prepared' in reply)) throw new Error('Expected the tasks but received something else')
    const players = reply.prepared.map((prepared, task) => makePlayer(prepared, task, channel, conversation))
    return { players, close: channel.end }
  } catch (error) {
    channel.end()
    throw error
  }
}

// What a weaker backing warns of is told once, by the machine's description.
const optionsWith = (env: NodeJS.ProcessEnv): ForkOptions => ({
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
})

/** A process of its own for these tasks. */
export function startProcess(specs: readonly Spec[], env: NodeJS.ProcessEnv = {}): Promise<Host> {
  const conversation = new Conversation()
  const child = fork(join(__dirname, 'process.js'), [JSON.stringify(specs)], optionsWith(env))
  child.on('message', (message) => conversation.receive(message as Reply))
  child.on('error', (error) => conversation.end(error))
  child.on('exit', (status, signal) => conversation.end(new Error(`A measuring process ended: ${signal ?? status}`)))
  return makeHost({ send: (message) => child.send(message), end: () => void child.kill('SIGKILL') }, conversation)
}

/** A worker thread of this process for these tasks. */
export function startWorker(specs: readonly Spec[]): Promise<Host> {
  const conversation = new Conversation()
  const worker = new Worker(join(__dirname, 'worker.js'), { workerData: specs })
  worker.on('message', (message: Reply) => conversation.receive(message))
  worker.on('error', (error) => conversation.end(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', (status) => conversation.end(new Error(`A worker ended: ${status}`)))
  return makeHost({ send: (message) => worker.postMessage(message), end: () => void worker.terminate() }, conversation)
}
