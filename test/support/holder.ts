import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { needlesOf, scanMemory, type Copy } from './scan-memory'

const FIXTURE = join(__dirname, '..', 'fixtures', 'holds-a-secret.js')
const TIMEOUT = 240_000

export interface HolderOptions {
  env?: NodeJS.ProcessEnv
  /** What its descriptors 0 and 4 are; 3 is the channel to the test. */
  stdin?: 'pipe' | 'ignore' | number
  extra?: number
}

/** A reply of the fixture. */
export interface Reply {
  error?: { code?: string; message: string }
  byteLength?: number
  sha256?: string
  inherited?: boolean
  here?: boolean
}

/** A child that takes a secret in by one way, and is then searched for copies. */
export class Holder {
  readonly child: ChildProcess
  readonly #ended: Promise<string>

  constructor({ env = {}, stdin = 'ignore', extra }: HolderOptions = {}) {
    const stdio: StdioOptions = [stdin, 'ignore', 'inherit', 'ipc', ...(extra === undefined ? [] : [extra])]
    // --expose-internals or a collection would tidy up what a real process leaves lying about: neither is asked for.
    this.child = spawn(process.execPath, [FIXTURE], {
      env: { PATH: process.env['PATH'], ...env },
      stdio,
      timeout: TIMEOUT,
      killSignal: 'SIGKILL',
    })
    this.#ended = once(this.child, 'exit').then(([code, signal]) => `ended by ${signal ?? `exit code ${code}`}`)
  }

  get pid(): number {
    const { pid } = this.child
    if (pid === undefined) throw new Error('Expected a child but received none')
    return pid
  }

  async ask(request: string, argument?: unknown): Promise<Reply> {
    const reply = once(this.child, 'message')
    this.child.send({ request, argument })
    const answered = await Promise.race([reply, this.#ended])
    if (typeof answered === 'string') throw new Error(`Expected a reply to ${request} but the child ${answered}`)
    return answered[0] as Reply
  }

  end(): void {
    this.child.kill('SIGKILL')
  }
}

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Which forms were found, each once. */
export const forms = (copies: readonly Copy[]): string[] => [...new Set(copies.map(({ needle }) => needle))].sort()

export const scanFor = (pid: number, secret: Uint8Array): Copy[] => scanMemory(pid, needlesOf(secret))
