// Takes a new key and certificate on SIGHUP, without closing a connection: new handshakes use the new key, and the old one is
// wiped when its last connection ends. Start it with: memfd-secret run -- node certificate-rotation.js KEY CERTIFICATE
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SecretBuffer } from 'memfd-secret'

const [, , keyFile = 'server.key', certificateFile = 'server.crt'] = process.argv
const server = createServer((_request, response) => response.end('hello\n'))

async function load(): Promise<void> {
  const cert = await readFile(certificateFile)
  const key = await SecretBuffer.fromFile(keyFile)
  key.use((view) => server.setSecureContext({ key: view, cert }))
  key.dispose()
}

process.on('SIGHUP', () => {
  load().then(
    () => console.log('rotated'),
    // The old key goes on serving.
    (error: unknown) => console.error(error),
  )
})

void load().then(() =>
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    console.log(`listening on ${(server.address() as AddressInfo).port}`)
  }),
)
