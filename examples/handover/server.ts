/**
 * One generation of an HTTPS server whose key is in secret memory. The first reads the key from disk; each later one is
 * started by the one before, and gets the listening socket from it by IPC and the key by a Unix socket.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttps, type Server as HttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { SecretBuffer } from 'memfd-secret'
import { receiveSecret, sendSecret } from 'memfd-secret/share'

const [, , folder = '.', generation = '1'] = process.argv
const socketPath = join(folder, 'handover.sock')

function makeServer(key: SecretBuffer): HttpsServer {
  const cert = readFileSync(join(folder, 'cert.pem'))
  // The TLS context is made while the view is there.
  return key.use((bytes) =>
    createHttps({ key: bytes, cert }, (_request, response) => {
      response.setHeader('connection', 'close')
      response.end(JSON.stringify({ generation, pid: process.pid }))
    }),
  )
}

/** The successor listens at the same socket before this one stops: no connection is refused. */
async function handOver(key: SecretBuffer, listener: Server): Promise<void> {
  const successor = fork(__filename, [folder, `${Number(generation) + 1}`], { detached: true })
  await once(successor, 'message')
  await sendSecret(socketPath, key, { name: 'tls' })
  const serving = once(successor, 'message')
  successor.send('listener', listener)
  await serving
  successor.disconnect()
  successor.unref()
}

async function serve(key: SecretBuffer, listener: Server): Promise<void> {
  const server = makeServer(key)
  let open = 0
  const done = (): void => {
    if (--open === 0 && !listener.listening) process.exit()
  }
  // HTTPS on top of a listening socket that can be passed on, which a TLS server itself cannot.
  listener.on('connection', (socket: Socket) => {
    open++
    socket.once('close', done)
    server.emit('connection', socket)
  })
  if (!listener.listening) await once(listener.listen(0, '127.0.0.1'), 'listening')
  process.once('SIGUSR2', async () => {
    await handOver(key, listener)
    key.dispose()
    open++
    // What was accepted is answered; then this process is gone.
    listener.close(done)
  })
}

async function first(): Promise<void> {
  const key = SecretBuffer.fromFileSync(join(folder, 'key.pem'))
  const listener = createServer()
  await serve(key, listener)
  process.send?.({ ready: generation, pid: process.pid, address: listener.address() })
  process.disconnect?.()
}

async function later(): Promise<void> {
  const receiving = receiveSecret(socketPath)
  process.send?.('listening at the path')
  const { secret } = await receiving
  const listening = once(process, 'message') as Promise<[string, Server]>
  const [, listener] = await listening
  await serve(secret, listener)
  process.send?.('serving')
}

void (generation === '1' ? first() : later())
