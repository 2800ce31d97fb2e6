// A thread that opens secrets which the model's shares with it, looks, writes, and ends its own hold.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { stats } from '../../lib/index'
import { open, type WorkerHandle } from '../../lib/share'

export interface Task {
  handle: WorkerHandle
  /** Bytes to put at an offset; none: only looks. */
  write: { bytes: Uint8Array; offset: number } | null
}

export interface Seen {
  bytes?: Uint8Array
  sealed?: boolean
  /** Of the thread, once it has disposed of its own. */
  secrets?: number
  error?: { code?: string; message: string }
}

function look({ handle, write }: Task): Seen {
  const secret = open(handle)
  try {
    const bytes = Buffer.alloc(secret.byteLength)
    secret.copyTo(bytes)
    if (write !== null) secret.use((view) => view.set(write.bytes, write.offset))
    return { bytes, sealed: secret.sealed }
  } finally {
    secret.dispose()
  }
}

if (!isMainThread) {
  parentPort?.on('message', (task: Task) => {
    let seen: Seen
    try {
      seen = look(task)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      seen = { error: code === undefined ? { message } : { code, message } }
    }
    parentPort?.postMessage({ ...seen, secrets: stats().secrets })
  })
}

/** The thread, for the model's. One task at a time. */
export class LookingThread {
  readonly #worker = new Worker(__filename)

  constructor() {
    this.#worker.unref()
  }

  look(task: Task): Promise<Seen> {
    return new Promise((resolve, reject) => {
      this.#worker.ref()
      const done = (settle: () => void): void => {
        this.#worker.off('error', failed)
        this.#worker.unref()
        settle()
      }
      const failed = (error: Error): void => done(() => reject(error))
      this.#worker.once('message', (seen: Seen) => done(() => resolve(seen)))
      this.#worker.once('error', failed)
      this.#worker.postMessage(task)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
