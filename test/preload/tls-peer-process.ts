import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import * as tls from 'node:tls'
import type { PreloadStatus } from '../../lib/preload-status'
import type { Launcher } from './holder-process'
import { environment } from './preload-library'

export interface Peer {
  pid: number
  port: number
  /** Of flooded.ts: the server that asks for certificates. */
  asking: number
  child: ChildProcess
  ask(message: object | string): Promise<unknown>
  status(): Promise<PreloadStatus>
  end(): Promise<void>
}

export interface PeerOptions {
  preload: boolean
  fixture?: 'tls-peer' | 'flooded'
  tickets?: boolean
  env?: Record<string, string>
  pipeStderr?: boolean
  launcher?: Launcher | undefined
}

/** fixtures/tls-peer.ts, or another, in a process of its own, listening. */
export async function startPeer(folder: string, options: PeerOptions): Promise<Peer> {
  const file = join(__dirname, 'fixtures', `${options.fixture ?? 'tls-peer'}.js`)
  const { launcher } = options
  const child = fork(file, [folder, ...(options.tickets ? ['tickets'] : [])], {
    env: environment(options.preload, { ...launcher?.env, ...options.env }),
    execPath: launcher?.execPath ?? process.execPath,
    execArgv: launcher?.execArgv ?? [],
    stdio: ['ignore', 'inherit', options.pipeStderr ? 'pipe' : 'inherit', 'ipc'],
    timeout: 240_000,
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`Expected a peer that lives but it ended with ${code ?? signal}`)
  })
  ended.catch(() => {})
  const answer = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as [unknown])[0]
  const { port, asking = 0 } = (await answer()) as { port: number; asking?: number }
  const ask = (message: object | string): Promise<unknown> => {
    const answered = answer()
    child.send(message)
    return answered
  }
  return {
    pid: child.pid ?? 0,
    port,
    asking,
    child,
    ask,
    status: async () => (await ask('status')) as PreloadStatus,
    end: async () => {
      child.kill('SIGKILL')
      await ended.catch(() => {})
    },
  }
}

export interface ConnectOptions extends tls.ConnectionOptions {
  /** What the server answers. */
  question?: string
}

/** Connects to a server, says something, hears an answer and stays connected. Lines of the key log go to log. */
export async function connectTo(
  port: number,
  version: tls.SecureVersion,
  log?: (line: Buffer) => void,
  { question = 'ping', ...more }: ConnectOptions = {},
): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    ...more,
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  })
  socket.on('error', () => {})
  if (log !== undefined) socket.on('keylog', log)
  await once(socket, 'secureConnect')
  socket.write(question)
  await once(socket, 'data')
  return socket
}
