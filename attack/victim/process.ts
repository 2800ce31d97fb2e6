import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Addresses } from '../attacker'
import type { HowToHold } from '../holders'
import { ATTACKER_PROGRAM, VICTIM_SCRIPT } from '../paths'
import type { InsideResult } from './inside'
import type { Reply, Request, SentRange } from './messages'

const ANSWER_WITHIN_MS = 30_000

type Event = Reply['event']
type ReplyTo<E extends Event> = Extract<Reply, { event: E }>

/** The victim could not hold the secret: with the library's own code, message and hint. */
export class VictimError extends Error {
  constructor(
    message: string,
    readonly code: string | null,
    readonly hint: string | null,
    readonly sealing: string | null,
  ) {
    super(message)
  }
}

function received(ranges: readonly SentRange[]): Addresses[] {
  // An attack on nothing would look like protection.
  if (ranges.length === 0) throw new Error('Expected addresses of the secret but received none')
  return ranges.map(([start, end]) => ({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }))
}

/** A victim process, seen from the attacker's. */
export class Victim {
  readonly pid: number
  #stderr = ''
  #replies: Reply[] = []
  #waiting: (() => void) | null = null
  #closed = false

  private constructor(
    private readonly child: ChildProcess,
    /** File that the victim's standard output goes to. */
    readonly stdout: string,
    /** How it closes sealed secrets. */
    public sealing = 'none',
  ) {
    this.pid = child.pid ?? 0
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#waiting?.()
    })
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

  /** Starts the victim; resolves once it holds what is in the file. The mlock fallback is taken without memfd_secret. */
  static async start(how: HowToHold, secretPath: string, folder: string): Promise<[Victim, ReplyTo<'ready'>]> {
    // The port of an inspector is any that is free.
    const node = [process.execPath, '--expose-gc', '--inspect-port=0', VICTIM_SCRIPT, how, secretPath]
    const [program = '', ...args] = how === 'mlock' ? [ATTACKER_PROGRAM, 'refuse-memfd-secret', '--', ...node] : node
    const env = { ...process.env }
    // A stricter policy of the caller's would refuse the column that is to be compared with.
    delete env['MEMFD_SECRET_MIN_BACKING']
    const stdout = join(folder, 'stdout')
    const output = openSync(stdout, 'wx', 0o600)
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', output, 'pipe', 'ipc'] })
    closeSync(output)
    const victim = new Victim(child, stdout)
    try {
      const ready = await victim.#next('ready')
      victim.sealing = ready.sealing
      return [victim, ready]
    } catch (error) {
      await victim.end()
      throw error
    }
  }

  async sign(data: Buffer): Promise<Buffer> {
    const { signature } = await this.#ask({ do: 'sign', data: data.toString('base64') }, 'signature')
    return Buffer.from(signature, 'base64')
  }

  async collectGarbage(): Promise<void> {
    await this.#ask({ do: 'collect' }, 'collected')
  }

  /** Where the secret lies: its bytes, or the mappings that a sealed one rests in. */
  async locate(): Promise<Addresses[]> {
    return received((await this.#ask({ do: 'locate' }, 'located')).ranges)
  }

  /** The same in whole pages. */
  async locatePages(): Promise<Addresses[]> {
    return received((await this.#ask({ do: 'locate' }, 'located')).pages)
  }

  async beginUse(): Promise<void> {
    await this.#ask({ do: 'begin-use' }, 'in-use')
  }

  /** SHA-256 of what the victim reads in its secret; null where the library finds it corrupted. */
  async digest(): Promise<string | null> {
    return (await this.#ask({ do: 'digest' }, 'digest')).sha256
  }

  async makeSystemCalls(count: number): Promise<void> {
    await this.#ask({ do: 'make-system-calls', count }, 'made-system-calls')
  }

  async attackFromInside(name: string, path: string): Promise<InsideResult> {
    return (await this.#ask({ do: 'attack', name, path }, 'attacked')).result
  }

  /** Waits for a text on the victim's standard error; null if it does not come. */
  async stderrMatch(pattern: RegExp, withinMs: number): Promise<RegExpExecArray | null> {
    const until = Date.now() + withinMs
    for (;;) {
      const match = pattern.exec(this.#stderr)
      const left = until - Date.now()
      if (match !== null || this.#closed || left <= 0) return match
      await this.#wait(left)
    }
  }

  async end(): Promise<void> {
    if (this.#closed) return
    const closed = once(this.child, 'close')
    this.child.kill('SIGKILL')
    await closed
  }

  async #ask<E extends Event>(request: Request, event: E): Promise<ReplyTo<E>> {
    if (this.child.connected) this.child.send(request)
    return this.#next(event)
  }

  async #next<E extends Event>(event: E): Promise<ReplyTo<E>> {
    const until = Date.now() + ANSWER_WITHIN_MS
    while (this.#replies.length === 0 && !this.#closed && Date.now() < until) await this.#wait(until - Date.now())
    const reply = this.#replies.shift()
    if (reply?.event === event) return reply as ReplyTo<E>
    if (reply?.event === 'failed') throw new VictimError(reply.message, reply.code, reply.hint, reply.sealing)
    throw new VictimError(`The victim ended or did not answer. ${this.#stderr}`.trim(), null, null, null)
  }

  async #wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#waiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#waiting = null
  }
}
