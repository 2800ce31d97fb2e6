// The client of the part "soak": node out/stress/soak/load.js FOLDER PORT SECONDS SEED. Sends bodies to be signed, checks
// each signature, breaks some requests off. Prints a line of JSON.
import { verify } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { Random } from '../random'
import type { LoadFigures } from './figures'

const LANES = 8
const MOST_BYTES = 4096

const [folder = '', port = '', seconds = '', seed = ''] = process.argv.slice(2)
const ca = readFileSync(join(folder, 'tls.crt'))
const publicKey = readFileSync(join(folder, 'signing.pub'))
const agent = new Agent({ keepAlive: true, maxSockets: LANES, ca })
const figures: LoadFigures = { requests: 0, aborted: 0, connections: 0, failures: [] }
const end = performance.now() + Number(seconds) * 1000

function send(random: Random): ClientRequest {
  // New connections too: a handshake with the service's key each.
  const own = random.once(10)
  const options = { port: Number(port), host: '127.0.0.1', method: 'POST', ca }
  const sent = request(own ? { ...options, agent: false } : { ...options, agent })
  sent.once('socket', (socket) => void (sent.reusedSocket || socket.once('secureConnect', () => figures.connections++)))
  return sent
}

async function breakOff(random: Random): Promise<void> {
  const sent = send(random)
  sent.on('error', () => undefined).end(random.bytes(MOST_BYTES))
  await new Promise((resolve) => setTimeout(resolve, random.below(8)))
  sent.destroy()
  figures.aborted++
}

async function ask(random: Random): Promise<void> {
  const body = random.bytes(random.between(1, MOST_BYTES))
  const sent = send(random)
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('latin1')
  for await (const part of response) text += part as string
  const [signature = '', tag = ''] = text.split(' ')
  if (!verify('sha256', body, publicKey, Buffer.from(signature, 'base64'))) throw new Error('a signature is wrong')
  if (!/^[0-9a-f]{64}$/.test(tag)) throw new Error('a tag is wrong')
  figures.requests++
}

async function runLane(random: Random): Promise<void> {
  // One at least, however few requests the time allows.
  await breakOff(random)
  while (performance.now() < end && figures.failures.length < 10) {
    try {
      await (random.once(20) ? breakOff(random) : ask(random))
    } catch (error) {
      figures.failures.push(error instanceof Error ? error.message : String(error))
    }
  }
}

void Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(new Random(Number(seed) + lane)))).then(() => {
  agent.destroy()
  process.stdout.write(`${JSON.stringify(figures)}\n`)
})
