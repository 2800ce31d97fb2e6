// A client that shows a certificate, and whose key is never in ordinary memory. The agent is given a secureContext: given
// `key`, it would keep the whole PEM text in a string, as the name of its pool of connections. Start it with:
//   memfd-secret run -- node mutual-tls-client.js URL KEY CERTIFICATE CA
import { readFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { createSecureContext } from 'node:tls'
import { SecretBuffer } from 'memfd-secret'

async function makeAgent(keyFile: string, certificateFile: string, caFile: string): Promise<Agent> {
  const [cert, ca] = await Promise.all([readFile(certificateFile), readFile(caFile)])
  const key = await SecretBuffer.fromFile(keyFile)
  const secureContext = key.use((view) => createSecureContext({ key: view, cert, ca }))
  key.dispose()
  // Without session tickets: node:tls would hand each one, with its secret, to JavaScript as a Buffer.
  return new Agent({ secureContext, keepAlive: true, maxCachedSessions: 0 })
}

async function main(url: string, files: readonly [string, string, string]): Promise<void> {
  const agent = await makeAgent(...files)
  get(url, { agent }, (response) => {
    response.setEncoding('utf8')
    response.on('data', (text: string) => process.stdout.write(text))
  })
}

const [, , url = 'https://localhost', keyFile = 'client.key', certificateFile = 'client.crt', caFile = 'ca.crt'] =
  process.argv
void main(url, [keyFile, certificateFile, caFile])
