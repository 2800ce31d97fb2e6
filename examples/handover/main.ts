/**
 * A restart without a failed request and without reading the key again: an HTTPS server hands its key to a new process
 * through a Unix socket and exits, twice, under constant requests. The key file is removed once the first has read it.
 *
 *     node out/examples/handover/main.js
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '../support/self-signed'

interface Answer {
  generation: string
  pid: number
}

const folder = mkdtempSync(join(tmpdir(), 'handover-'))
const { key, cert } = selfSigned()
const answers: Answer[] = []
const failures: string[] = []

/** A connection of its own each, and the certificate checked. */
function request(port: number): Promise<void> {
  return new Promise((resolve) => {
    const failed = (error: Error): void => {
      failures.push(error.message)
      resolve()
    }
    get({ host: '127.0.0.1', port, ca: cert, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk)).on('error', failed)
      response.on('end', () => {
        answers.push(JSON.parse(body) as Answer)
        resolve()
      })
    }).on('error', failed)
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const seen = (generation: string): Answer | undefined => answers.find((answer) => answer.generation === generation)

async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function main(): Promise<void> {
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'cert.pem'), cert)
  const child = fork(join(__dirname, 'server.js'), [folder])
  const died = once(child, 'exit').then(() => {
    throw new Error('Expected a server but received its end')
  })
  const started = once(child, 'message') as Promise<[{ address: AddressInfo }]>
  const [{ address }] = await Promise.race([started, died])
  // Its end is what is hoped for from now on.
  died.catch(() => undefined)
  rmSync(join(folder, 'key.pem'))

  const ending = new AbortController()
  const load = [1, 2].map(async () => {
    while (!ending.signal.aborted) await request(address.port)
  })
  let current = 0
  try {
    for (const generation of ['1', '2']) {
      await until(() => seen(generation) !== undefined || failures.length > 0)
      current = seen(generation)?.pid ?? 0
      process.kill(current, 'SIGUSR2')
      const next = `${Number(generation) + 1}`
      await until(() => (seen(next) !== undefined && !isAlive(current)) || failures.length > 0)
      current = seen(next)?.pid ?? 0
    }
  } finally {
    ending.abort()
    await Promise.all(load)
    if (current > 0) process.kill(current)
    console.log(`generations that answered: ${[...new Set(answers.map(({ generation }) => generation))].join(', ')}`)
    console.log(`failed requests: ${failures.length} of ${answers.length + failures.length}`)
    for (const failure of new Set(failures)) console.log(`  ${failure}`)
    console.log(`key file on disk after the first had read it: ${existsSync(join(folder, 'key.pem')) ? 'yes' : 'no'}`)
    rmSync(folder, { recursive: true })
    process.exitCode = failures.length === 0 ? 0 : 1
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
