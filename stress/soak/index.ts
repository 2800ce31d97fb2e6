import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { selfSigned } from '../../examples/support/self-signed'
import type { StressFigures, StressOptions } from '../stress-options'
import type { LoadFigures, LockedMemoryFigures, ServiceFigures } from './figures'

export interface SoakFigures extends StressFigures {
  aborted: number
  connections: number
  lockedMemory: LockedMemoryFigures
}

/** How long starting, stopping and the audit may take. */
const GRACE_SECONDS = 60
/** What the highest of a time may be above that of another by chance: the largest chunk, of quarantined slots. */
const CHANCE_BYTES = 1024 * 1024

/** The numbers of the keys too, as OpenSSL holds them: the service learns those only as it looks for them. */
function makeFiles(folder: string): void {
  const write = (name: string, contents: string | Buffer): void =>
    writeFileSync(join(folder, name), contents, { mode: 0o600, flag: 'wx' })
  const number = (key: KeyObject, name: 'd' | 'p'): Buffer =>
    Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url')
  const { key, cert } = selfSigned()
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 })
  write('tls.key', key)
  write('tls.crt', cert)
  write('tls.scalar', number(createPrivateKey(key), 'd'))
  write('signing.key', signing.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  write('signing.pub', signing.publicKey.export({ type: 'spki', format: 'pem' }))
  write('signing.prime', number(signing.privateKey, 'p'))
  write('token', randomBytes(48))
}

/** A child, its lines on stdout one by one, and what it wrote on stderr. */
class Child {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #errors = ''

  constructor(name: string, args: readonly string[], seconds: number) {
    this.#child = spawn(process.execPath, [...args], { timeout: seconds * 1000, killSignal: 'SIGKILL' })
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    this.#child.stdin?.on('error', () => undefined)
    this.name = name
  }

  readonly name: string

  async nextLine(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done !== true) return value
    const how = this.#child.signalCode ?? this.#child.exitCode
    throw new Error(`${this.name} ended (${how}) without an answer. ${this.#errors.slice(-2000)}`)
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

function judgeMemory({ lockedBytes, takenBytes, mappedBytes }: LockedMemoryFigures): string[] {
  return Object.entries({ lockedBytes, takenBytes, mappedBytes })
    .filter(([, { first, last }]) => last > first + CHANCE_BYTES)
    .map(([name, { first, last }]) => `${name} rose from ${first} to ${last}`)
}

/**
 * An HTTPS service under the preload library, whose keys are secrets and which makes and ends some for each request, under
 * load for the time given. At the end its locked memory must be what it was, no secret left, and no copy of the long-lived
 * ones in its ordinary memory.
 */
export async function runSoak({ seconds, seed, log }: StressOptions): Promise<SoakFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-soak-'))
  makeFiles(folder)
  const whole = seconds + GRACE_SECONDS
  const command = [join(__dirname, '../../lib/cli/main.js'), 'run', '--', process.execPath]
  const service = new Child('The service', [...command, join(__dirname, 'service.js'), folder], whole)
  const started: Child[] = [service]
  try {
    const port = await service.nextLine()
    const load = new Child('The load', [join(__dirname, 'load.js'), folder, port, String(seconds), String(seed)], whole)
    started.push(load)
    const asked = JSON.parse(await load.nextLine()) as LoadFigures
    log(`${asked.requests} requests over ${asked.connections} connections; auditing`)
    service.say('stop')
    const served = JSON.parse(await service.nextLine()) as ServiceFigures
    const { lockedMemory } = served
    const failures = [...asked.failures, ...served.failures, ...judgeMemory(lockedMemory)]
    const { aborted, connections } = asked
    return { rounds: served.requests, failures, aborted, connections, lockedMemory }
  } finally {
    for (const child of started) await child.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
