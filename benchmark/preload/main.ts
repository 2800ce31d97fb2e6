// What the preload library costs: node out/benchmark/preload/main.js [--docs] [rounds] [node]
// Each round runs everything once with and once without the library, in turn first; printed are medians over the rounds of
// the ratio within a round, so that a machine that is busy for a while spoils a round and not the result. --docs writes them into docs/preload.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../lib/addon-file'
import { certificateFor, writeRsaKey } from '../../test/preload/key-material'
import { environment } from '../../test/preload/preload-library'

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { docs: { type: 'boolean' } } })
const [rounds = '15', node = process.execPath] = positionals
const STARTS = 7
const SCOPES = ['keys', 'all'] as const

type Rates = Record<string, number>

/** Of each operation, the ratios of its pairs in ascending order, and how often a second it runs without the library. */
type Measured = Map<string, { ratios: number[]; plain: number }>

function operations(folder: string, env: NodeJS.ProcessEnv, ...only: string[]): Rates {
  const { status, stdout, stderr } = spawnSync(node, [join(__dirname, 'operations.js'), folder, ...only], {
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

const HANDSHAKE = 'handshake'

/** While connections that are held have used up their share, which is 1.9 MB. */
function crowded(folder: string, env: Record<string, string>, preload: boolean): Rates {
  const limit = preload ? { ...env, MEMFD_SECRET_PRELOAD_MAX: '3M' } : env
  const rates = operations(folder, environment(preload, limit), HANDSHAKE, '200')
  const [name = '', rate = Number.NaN] = Object.entries(rates).find(([each]) => each.includes(HANDSHAKE)) ?? []
  return { [`${name}, past the connections' share`]: rate }
}

function measure(folder: string, scope: string): Measured {
  const pairs: { withIt: Rates; without: Rates }[] = []
  const run = (preload: boolean): Rates => {
    const own: Record<string, string> = preload ? { MEMFD_SECRET_PRELOAD_SCOPE: scope } : {}
    const env = environment(preload, own)
    return { ...operations(folder, env), ...crowded(folder, own, preload), ...startUps(env) }
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

function main(folder: string): void {
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
  if (options.docs === true) writeDocs(scopes, version)
}

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
try {
  main(folder)
} finally {
  rmSync(folder, { recursive: true })
}
