// An HTTPS server whose key is never in ordinary memory. Start it with: memfd-secret run -- node https-server.js KEY CERTIFICATE
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SecretBuffer } from 'memfd-secret'

async function main(keyFile: string, certificateFile: string): Promise<void> {
  const cert = readFileSync(certificateFile)
  const key = await SecretBuffer.fromFile(keyFile)
  // node:tls parses the key before createServer returns; OpenSSL, under the preload library, keeps it in secret memory.
  const server = key.use((view) => createServer({ key: view, cert }, (_request, response) => response.end('hello\n')))
  key.dispose()
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    console.log(`listening on ${(server.address() as AddressInfo).port}`)
  })
}

const [, , keyFile = 'server.key', certificateFile = 'server.crt'] = process.argv
void main(keyFile, certificateFile)
