// Servers and clients of examples/, and one that knows nothing of this package: what root finds in their memory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { certificateFor, writeRsaKey } from './key-material'
import { scanProcess } from './memory-scan'
import { environment, whyNoScan } from './preload-library'

const skip = whyNoScan()
const folder = t.testdir({})
const at = (name: string): string => join(folder, name)
const out = join(packageRoot(), 'out')

/** A key and its certificate, as NAME.key and NAME.crt. */
function writePair(name: string): Map<string, Buffer> {
  const patterns = writeRsaKey(at(`${name}.key`))
  certificateFor(at(`${name}.key`), at(`${name}.crt`))
  return patterns
}

interface Program {
  pid: number
  child: ChildProcess
  line(): Promise<string>
  end(): Promise<void>
}

function start(file: string, args: readonly string[], preload = true): Program {
  const child = spawn(process.execPath, [join(out, file), ...args], {
    env: environment(preload),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 240_000,
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    pid: child.pid ?? 0,
    child,
    line: async () => ((await lines.next()) as { value?: string }).value ?? '',
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** One request; answers the name of the certificate's file that was shown. */
function request(port: string, names: readonly string[]): Promise<string | undefined> {
  const shown = names.map((name) => ({
    name,
    pem: readFileSync(at(`${name}.crt`), 'utf8').replaceAll(/-----.*-----|\n/g, ''),
  }))
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }
    get(options, (response) => {
      const raw = (response.socket as TLSSocket).getPeerCertificate().raw.toString('base64')
      response.resume().once('end', () => resolve(shown.find(({ pem }) => pem === raw)?.name))
    }).once('error', reject)
  })
}

const portOf = (line: string): string => /^listening on (\d+)$/.exec(line)?.[1] ?? ''

t.test('a server with fromFile: nothing remains, with the preload', { skip }, async (t) => {
  const patterns = writePair('server')
  const server = start('examples/https-server.js', [at('server.key'), at('server.crt')])
  try {
    t.equal(await request(portOf(await server.line()), ['server']), 'server')
    t.strictSame(scanProcess(server.pid, patterns), [])
  } finally {
    await server.end()
  }
})

t.test('an unchanged server: only the text that the application itself keeps remains', { skip }, async (t) => {
  const patterns = writePair('unchanged')
  for (const [preload, expected] of [
    [true, ['rsa pem']],
    [false, ['rsa p, reversed', 'rsa pem']],
  ] as const) {
    const server = start(
      'test/preload/fixtures/unchanged-server.js',
      [at('unchanged.key'), at('unchanged.crt')],
      preload,
    )
    try {
      t.equal(await request(portOf(await server.line()), ['unchanged']), 'unchanged')
      const found = scanProcess(server.pid, patterns)
      if (preload) t.strictSame(found, expected)
      else for (const name of expected) t.ok(found.includes(name), `${name} is readable without the preload`)
    } finally {
      await server.end()
    }
  }
})

t.test('rotation by setSecureContext: neither the old nor the new key remains', { skip }, async (t) => {
  const old = writePair('old')
  const next = writePair('next')
  for (const ending of ['key', 'crt']) copyFileSync(at(`old.${ending}`), at(`live.${ending}`))
  const server = start('examples/certificate-rotation.js', [at('live.key'), at('live.crt')])
  try {
    const port = portOf(await server.line())
    t.equal(await request(port, ['old', 'next']), 'old')
    for (const ending of ['key', 'crt']) copyFileSync(at(`next.${ending}`), at(`live.${ending}`))
    process.kill(server.pid, 'SIGHUP')
    t.equal(await server.line(), 'rotated')
    t.equal(await request(port, ['old', 'next']), 'next')
    t.strictSame([scanProcess(server.pid, old), scanProcess(server.pid, next)], [[], []])
  } finally {
    await server.end()
  }
})

t.test('a mutual-TLS client with a secureContext: nothing remains', { skip }, async (t) => {
  writePair('authority')
  const patterns = writePair('client')
  const options = { key: readFileSync(at('authority.key')), cert: readFileSync(at('authority.crt')) }
  const ca = readFileSync(at('client.crt'))
  const server = createServer({ ...options, ca, requestCert: true, rejectUnauthorized: true }, (incoming, response) => {
    // And no end: a socket that waits for the next request would not keep the client running while it is scanned.
    response.write(`${(incoming.socket as TLSSocket).getPeerCertificate().subject.CN}\n`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`
  const client = start('examples/mutual-tls-client.js', [url, at('client.key'), at('client.crt'), at('authority.crt')])
  try {
    t.equal(await client.line(), 'localhost')
    t.strictSame(scanProcess(client.pid, patterns), [])
  } finally {
    await client.end()
    server.closeAllConnections()
    server.close()
  }
})
