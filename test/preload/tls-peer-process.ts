import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import * as tls from 'node:tls'
import type { PreloadStatus } from '../../lib/preload-status'
import { environment } from './preload-library'

export interface Peer {
  pid: number
  port: number
  child: ChildProcess
  ask(message: object | string): Promise<unknown>
  status(): Promise<PreloadStatus>
  end(): Promise<void>
}

export interface PeerOptions {
  preload: boolean
  tickets?: boolean
  env?: Record<string, string>
  pipeStderr?: boolean
}

/** fixtures/tls-peer.ts in a process of its own, listening. */
export async function startPeer(folder: string, options: PeerOptions): Promise<Peer> {
  const child = fork(join(__dirname, 'fixtures', 'tls-peer.js'), [folder, ...(options.tickets ? ['tickets'] : [])], {
    env: environment(options.preload, options.env),
    execArgv: [],
    stdio: ['ignore', 'inherit', options.pipeStderr ? 'pipe' : 'inherit', 'ipc'],
    timeout: 100_000,
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`Expected a peer that lives but it ended with ${code ?? signal}`)
  })
  ended.catch(() => {})
  const answer = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as [unknown])[0]
  const { port } = (await answer()) as { port: number }
  const ask = (message: object | string): Promise<unknown> => {
    const answered = answer()
    child.send(message)
    return answered
  }
  return {
    pid: child.pid ?? 0,
    port,
    child,
    ask,
    status: async () => (await ask('status')) as PreloadStatus,
    end: async () => {
      child.kill('SIGKILL')
      await ended.catch(() => {})
    },
  }
}

/** Connects to a peer's server, says something, hears it back and stays connected. Lines of the key log go to log. */
export async function connectTo(
  port: number,
  version: tls.SecureVersion,
  log?: (line: Buffer) => void,
): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  })
  socket.on('error', () => {})
  if (log !== undefined) socket.on('keylog', log)
  await once(socket, 'secureConnect')
  socket.write('ping')
  await once(socket, 'data')
  return socket
}
