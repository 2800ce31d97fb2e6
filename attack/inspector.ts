import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { type Evidence, impossible, type Target } from './attack'
import { searchAndRemove } from './dump'

const WITHIN_MS = 10_000

export interface RemoteObject {
  objectId?: string
  value?: unknown
}

/** A connection to the inspector of another process. */
export class InspectorClient {
  #last = 0
  readonly #waiting = new Map<number, (result: unknown) => void>()
  /** All that the inspector answered, as text. */
  readonly received: string[] = []

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8')
      this.received.push(text)
      const { id, result } = JSON.parse(text) as { id?: number; result?: unknown }
      if (id !== undefined) this.#waiting.get(id)?.(result)
    })
  }

  static connect(url: string): Promise<InspectorClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { handshakeTimeout: WITHIN_MS })
      socket.once('open', () => resolve(new InspectorClient(socket)))
      socket.once('error', reject)
    })
  }

  post<T>(method: string, params: object): Promise<T> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The inspector did not answer ${method}`)), WITHIN_MS)
      this.#waiting.set(id, (result) => {
        clearTimeout(timer)
        resolve(result as T)
      })
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }

  async evaluate(expression: string): Promise<RemoteObject> {
    const { result } = await this.post<{ result: RemoteObject }>('Runtime.evaluate', { expression })
    return result
  }

  close(): void {
    this.socket.terminate()
  }
}

/** Opens the victim's inspector by SIGUSR1, as `node inspect -p PID` does, and searches all that it answered to `ask`. */
export async function attackByInspector(
  target: Target,
  ask: (client: InspectorClient) => Promise<string>,
): Promise<Evidence> {
  const { victim, folder } = target
  try {
    process.kill(victim.pid, 'SIGUSR1')
  } catch (error) {
    return impossible('a signal to the victim', (error as NodeJS.ErrnoException).code ?? null)
  }
  const match = await victim.stderrMatch(/Debugger listening on (ws:\S+)/, WITHIN_MS)
  if (match === null) return impossible('SIGUSR1 opened no inspector')
  const client = await InspectorClient.connect(match[1] ?? '')
  try {
    const more = await ask(client)
    const path = join(folder, 'answers-of-the-inspector')
    writeFileSync(path, [...client.received, more].join('\n'), { mode: 0o600, encoding: 'latin1' })
    return await searchAndRemove(path, target)
  } finally {
    client.close()
  }
}
