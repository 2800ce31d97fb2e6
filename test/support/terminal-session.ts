import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { PYTHON } from './python'

const BRIDGE = resolve(__dirname, '..', '..', '..', 'test', 'support', 'pseudo-terminal.py')

type Event = Record<string, unknown>

export interface Modes {
  echo: boolean
  canonical: boolean
}

/** A program at a real pseudo-terminal, in the foreground of a session with job control. */
export class TerminalSession {
  /** Everything that was shown. */
  shown = ''
  pid = 0
  readonly #bridge: ChildProcess
  readonly #events: Event[] = []
  #notify: (() => void)[] = []

  constructor(program: string, args: readonly string[]) {
    this.#bridge = spawn(PYTHON, [BRIDGE, process.execPath, program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 240_000,
      killSignal: 'SIGKILL',
    })
    if (this.#bridge.stdout === null) throw new Error('Expected a pipe but received none')
    createInterface(this.#bridge.stdout).on('line', (line) => this.#note(JSON.parse(line) as Event))
    this.#bridge.on('exit', (code) => this.#note({ bridge: code }))
  }

  #note(event: Event): void {
    if (typeof event['output'] === 'string') this.shown += event['output']
    else this.#events.push(event)
    if (typeof event['pid'] === 'number') this.pid = event['pid']
    for (const notify of this.#notify.splice(0)) notify()
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.#events.some((event) => 'bridge' in event))
        throw new Error(`Expected more but it ended (${JSON.stringify(this.#events)}): ${this.shown}`)
      await new Promise<void>((notify) => this.#notify.push(notify))
    }
  }

  #say(request: Event): void {
    this.#bridge.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  /** The first event of a kind from now on, or not yet taken. */
  event(kind: string): Promise<unknown> {
    return this.#until(() => {
      const index = this.#events.findIndex((event) => kind in event)
      return index < 0 ? undefined : this.#events.splice(index, 1)[0]?.[kind]
    })
  }

  untilShown(text: string): Promise<true> {
    return this.#until(() => (this.shown.includes(text) ? true : undefined))
  }

  type(text: string): void {
    this.#say({ type: text })
  }

  signal(name: NodeJS.Signals): void {
    this.#say({ signal: name })
  }

  async modes(): Promise<Modes> {
    this.#say({ modes: true })
    return (await this.event('modes')) as Modes
  }

  /** As a shell does that takes the terminal back. */
  async turnEchoOn(): Promise<void> {
    this.#say({ setEcho: true })
    await this.event('done')
  }

  async untilEcho(wanted: boolean): Promise<void> {
    while ((await this.modes()).echo !== wanted) await new Promise((done) => setTimeout(done, 5))
  }

  end(): void {
    this.#bridge.stdin?.end()
  }
}
