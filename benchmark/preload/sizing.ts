// How much secret memory a server takes in scope "keys": node out/benchmark/preload/sizing.js [--docs] [NODE...]
// Prints it for each Node.js, whose clients are of the same, and for none named for this one. --docs writes the table into
// docs/preload.md. --json: of this one alone, for the program itself.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecureVersion, TLSSocket } from 'node:tls'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../lib/addon-file'
import { certificateFor, writeRsaKey } from '../../test/preload/key-material'
import { connectTo, type Peer, startPeer } from '../../test/preload/tls-peer-process'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { docs: { type: 'boolean' }, json: { type: 'boolean' } },
})
const nodes = positionals.length === 0 ? [process.execPath] : positionals
const CONNECTIONS = 1000
const AT_A_TIME = 20

const NAMES = ['at rest', 'a connection, TLS 1.3', 'a connection, TLS 1.2', `${CONNECTIONS} open TLS 1.3 connections`]

async function open(peer: Peer, version: SecureVersion): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = []
  while (sockets.length < CONNECTIONS) {
    sockets.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => connectTo(peer.port, version)))))
  }
  return sockets
}

async function measure(folder: string): Promise<string[]> {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const cells: string[] = []
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    const peer = await startPeer(folder, { preload: true })
    const rest = await peer.status()
    const sockets = await open(peer, version)
    const full = await peer.status()
    sockets.forEach((socket) => socket.destroy())
    await peer.end()
    if (full.fallbacks > 0) throw new Error(`Expected room for all but received ${full.fallbacks} fallbacks`)
    const each = `${((full.bytesInUse - rest.bytesInUse) / CONNECTIONS / 1000).toFixed(1)} kB`
    if (version === 'TLSv1.3') {
      cells.push(`${megabytes(rest.capacityBytes)}, in use ${megabytes(rest.bytesInUse)}`, each)
      cells.push(`${megabytes(full.capacityBytes)}, in use ${megabytes(full.bytesInUse)}`)
    } else {
      cells.splice(2, 0, each)
    }
  }
  return cells
}

async function print(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
  try {
    writeRsaKey(join(folder, 'server.pem'))
    certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
    console.log(JSON.stringify([`Node.js ${process.versions.node}`, ...(await measure(folder))]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function ask(node: string): string[] {
  const { status, stdout, stderr } = spawnSync(node, [__filename, '--json'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

function compare(): void {
  const columns = nodes.map(ask)
  const rows = ['', ...NAMES].map((name, index) => [name, ...columns.map((column) => column[index] ?? '')])
  for (const row of rows) console.log(row.map((cell) => cell.padEnd(32)).join(''))
  if (values.docs !== true) return
  const [head = [], ...body] = rows.map((row) => `| ${row.join(' | ')} |`)
  const table = [head, `|${' --- |'.repeat(columns.length + 1)}`, ...body].join('\n')
  const page = join(packageRoot(), 'docs', 'preload.md')
  const marked = /(<!-- sizing:begin -->\n)[^]*(<!-- sizing:end -->)/
  writeFileSync(page, readFileSync(page, 'utf8').replace(marked, `$1\n${table}\n\n$2`))
}

if (values.json === true) void print().then(() => process.exit())
else compare()
