import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { HowToHold, Reply, Request } from './messages'
import { ATTACKER_PROGRAM, VICTIM_SCRIPT } from './paths'

const ANSWER_WITHIN_MS = 30_000

type Event = Reply['event']
type ReplyTo<E extends Event> = Extract<Reply, { event: E }>

/** The victim could not hold the key: with the library's own code, message and hint. */
export class VictimError extends Error {
  constructor(
    message: string,
    readonly code: string | null,
    readonly hint: string | null,
  ) {
    super(message)
  }
}

export class Victim {
  readonly pid: number
  #stderr = ''
  #replies: Reply[] = []
  #waiting: (() => void) | null = null
  #closed = false

  private constructor(private readonly child: ChildProcess) {
    this.pid = child.pid ?? 0
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    child.on('message', (reply: Reply) => {
      this.#replies.push(reply)
      this.#waiting?.()
    })
    // 'close', not 'exit': messages and the last of stderr come before it. It comes too where the start failed.
    child.on('close', () => {
      this.#closed = true
      this.#waiting?.()
    })
    child.on('error', (error) => (this.#stderr += error.message))
  }

  /** Starts the victim; resolves once it holds the key. The mlock fallback is what the library takes without memfd_secret. */
  static async start(how: HowToHold, keyPath: string, folder: string): Promise<[Victim, ReplyTo<'ready'>]> {
    const node = [process.execPath, '--expose-gc', VICTIM_SCRIPT, how, keyPath]
    const [program = '', ...args] = how === 'mlock' ? [ATTACKER_PROGRAM, 'refuse-memfd-secret', '--', ...node] : node
    const env = { ...process.env }
    // A stricter policy of the caller's would refuse the column that is to be compared with.
    delete env.MEMFD_SECRET_MIN_BACKING
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const victim = new Victim(child)
    try {
      return [victim, await victim.#next('ready')]
    } catch (error) {
      await victim.end()
      throw error
    }
  }

  async sign(data: Buffer): Promise<Buffer> {
    this.#ask({ do: 'sign', data: data.toString('base64') })
    return Buffer.from((await this.#next('signature')).signature, 'base64')
  }

  async collectGarbage(): Promise<void> {
    this.#ask({ do: 'collect' })
    await this.#next('collected')
  }

  async end(): Promise<void> {
    if (this.#closed) return
    const closed = once(this.child, 'close')
    this.child.kill('SIGKILL')
    await closed
  }

  #ask(request: Request): void {
    if (this.child.connected) this.child.send(request)
  }

  async #next<E extends Event>(event: E): Promise<ReplyTo<E>> {
    if (this.#replies.length === 0 && !this.#closed) await this.#wait()
    const reply = this.#replies.shift()
    if (reply?.event === event) return reply as ReplyTo<E>
    if (reply?.event === 'failed') throw new VictimError(reply.message, reply.code, reply.hint)
    throw new VictimError(`The victim ended or did not answer. ${this.#stderr}`.trim(), null, null)
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_WITHIN_MS)
      this.#waiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#waiting = null
  }
}
