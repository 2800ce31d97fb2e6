// What a remote client can do to make a server keep state: connections that say nothing more, handshakes that it never
// finishes, and certificates of its own. Each answers the sockets, which stay open.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import * as tls from 'node:tls'
import { type ConnectOptions, connectTo } from './tls-peer-process'

const AT_A_TIME = 20

async function many(count: number, make: () => Promise<Socket>): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, make))))
  return sockets
}

export function idle(
  port: number,
  count: number,
  version: tls.SecureVersion,
  more: ConnectOptions = {},
): Promise<Socket[]> {
  return many(count, () => connectTo(port, version, undefined, more))
}

interface Hello {
  version: tls.SecureVersion
  ecdhCurve?: string
}

/** What a client of Node's says first. */
async function recordHello({ version, ecdhCurve = 'auto' }: Hello): Promise<Buffer> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const client = tls.connect({ port, host: '127.0.0.1', minVersion: version, maxVersion: version, ecdhCurve })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  socket.on('error', () => {})
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

/** The server has answered each, with a key that it made for this handshake, and waits. */
export async function unfinished(port: number, count: number, options: Hello): Promise<Socket[]> {
  const hello = await recordHello(options)
  return many(count, async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(hello)
    await once(socket, 'data')
    return socket
  })
}
