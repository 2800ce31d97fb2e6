// What the preload library costs: node out/benchmark/preload/main.js [--docs] [rounds] [node]
// Each round runs everything once with and once without the library, in turn first; printed are medians over the rounds of
// the ratio within a round, so that a machine that is busy for a while spoils a round and not the result. --docs writes them into docs/preload.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../lib/native'
import { certificateFor, writeRsaKey } from '../../test/preload/key-material'
import { environment } from '../../test/preload/preload-library'
import { connectTo, startPeer } from '../../test/preload/tls-peer-process'

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { docs: { type: 'boolean' } } })
const [rounds = '15', node = process.execPath] = positionals
const CONNECTIONS = 1000
const STARTS = 7
const SCOPES = ['keys', 'all'] as const

type Rates = Record<string, number>

/** Of each operation, the ratios of its pairs in ascending order, and how often a second it runs without the library. */
type Measured = Map<string, { ratios: number[]; plain: number }>

function operations(folder: string, env: NodeJS.ProcessEnv): Rates {
  const { status, stdout, stderr } = spawnSync(node, [join(__dirname, 'operations.js'), folder], {
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Rates
}

/** Starts a second, by the wall, since a start is work of several threads and of the kernel; of several, the fastest. */
function startUps(env: NodeJS.ProcessEnv): Rates {
  const times = Array.from({ length: STARTS }, () => {
    const before = performance.now()
    spawnSync(node, ['-e', 'require("node:tls")'], { env })
    return performance.now() - before
  })
  return { 'start-up with node:tls': 1000 / Math.min(...times) }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function lockedMemory(folder: string): Promise<string[]> {
  const peer = await startPeer(folder, { preload: true })
  const rest = await peer.status()
  for (let open = 0; open < CONNECTIONS; open += 20) {
    await Promise.all(Array.from({ length: 20 }, () => connectTo(peer.port, 'TLSv1.3')))
  }
  const full = await peer.status()
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`
  await peer.end()
  return [
    `locked at rest: ${kib(rest.capacityBytes)}, of which in use ${kib(rest.bytesInUse)}`,
    `locked with ${CONNECTIONS} open TLS 1.3 connections: ${kib(full.capacityBytes)}, in use ${kib(full.bytesInUse)}`,
    `a connection: ${Math.round((full.bytesInUse - rest.bytesInUse) / CONNECTIONS)} bytes; fallbacks: ${full.fallbacks}`,
  ]
}

function measure(folder: string, scope: string): Measured {
  const pairs: { withIt: Rates; without: Rates }[] = []
  const run = (preload: boolean): Rates => {
    const env = environment(preload, preload ? { MEMFD_SECRET_PRELOAD_SCOPE: scope } : {})
    return { ...operations(folder, env), ...startUps(env) }
  }
  for (let round = 0; round < Number(rounds); round++) {
    const first = run(round % 2 === 0)
    const second = run(round % 2 !== 0)
    pairs.push(round % 2 === 0 ? { withIt: first, without: second } : { withIt: second, without: first })
  }
  const names = Object.keys(pairs[0]?.without ?? {})
  return new Map(
    names.map((name) => {
      const ratios = pairs.map(({ withIt, without }) => (withIt[name] ?? 0) / (without[name] ?? 0))
      const plain = median(pairs.map(({ without }) => without[name] ?? 0))
      return [name, { ratios: ratios.sort((a, b) => a - b), plain }]
    }),
  )
}

/** The median, and between what the middle half of the pairs lies. */
function describe(ratios: readonly number[]): string {
  const at = (part: number): string => (ratios[Math.floor((ratios.length - 1) * part)] ?? Number.NaN).toFixed(3)
  return `${median(ratios).toFixed(3)} (${at(0.25)} to ${at(0.75)})`
}

function writeDocs(scopes: ReadonlyMap<string, Measured>, version: string): void {
  const page = join(packageRoot(), 'docs', 'preload.md')
  const rows = [...(scopes.get('keys')?.keys() ?? [])].map((name) => {
    const cells = SCOPES.map((scope) => describe(scopes.get(scope)?.get(name)?.ratios ?? []))
    return `| ${[name, ...cells].join(' | ')} |`
  })
  const table = [
    `By \`node out/benchmark/preload/main.js --docs ${rounds}\`: Node.js ${version}, Linux ${release()}, ${process.arch}.`,
    '',
    `| | ${SCOPES.map((scope) => `scope \`${scope}\``).join(' | ')} |`,
    '| --- | --- | --- |',
    ...rows,
  ].join('\n')
  const marked = /(<!-- cost:begin -->\n)[^]*(<!-- cost:end -->)/
  writeFileSync(page, readFileSync(page, 'utf8').replace(marked, `$1\n${table}\n\n$2`))
}

async function main(folder: string): Promise<void> {
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
  writeRsaKey(join(folder, 'server.pem'))
  certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
  const scopes = new Map<string, Measured>()
  for (const scope of SCOPES) {
    const measured = measure(folder, scope)
    scopes.set(scope, measured)
    console.log(`scope ${scope}: speed with the library / without, median of ${rounds} pairs (without it, a second)`)
    for (const [name, { ratios, plain }] of measured) {
      console.log(`  ${name.padEnd(36)} ${describe(ratios)}  (${plain.toFixed(0)})`)
    }
  }
  for (const line of await lockedMemory(folder)) console.log(line)
  if (options.docs === true) writeDocs(scopes, version)
}

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
void main(folder)
  .finally(() => rmSync(folder, { recursive: true }))
  .then(() => process.exit())
