// What the preload library costs: node out/benchmark/preload/main.js [rounds] [node]
// Each round runs everything once with and once without the library, in turn first; printed are medians over the rounds of
// the ratio within a round, so that a machine that is busy for a while spoils a round and not the result.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFor, writeRsaKey } from '../../test/preload/key-material'
import { environment } from '../../test/preload/preload-library'
import { connectTo, startPeer } from '../../test/preload/tls-peer-process'

const [, , rounds = '15', node = process.execPath] = process.argv
const CONNECTIONS = 1000
const STARTS = 5

type Rates = Record<string, number>

function operations(folder: string, env: NodeJS.ProcessEnv): Rates {
  const { status, stdout, stderr } = spawnSync(node, [join(__dirname, 'operations.js'), folder], {
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Rates
}

/** Starts a second, by the wall: a start is work of several threads and of the kernel. */
function startUps(env: NodeJS.ProcessEnv): Rates {
  const before = performance.now()
  for (let i = 0; i < STARTS; i++) spawnSync(node, ['-e', 'require("node:tls")'], { env })
  return { 'start-up with node:tls': (STARTS * 1000) / (performance.now() - before) }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function lockedMemory(folder: string): Promise<void> {
  const peer = await startPeer(folder, { preload: true })
  const rest = await peer.status()
  for (let open = 0; open < CONNECTIONS; open += 20) {
    await Promise.all(Array.from({ length: 20 }, () => connectTo(peer.port, 'TLSv1.3')))
  }
  const full = await peer.status()
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`
  console.log(`locked at rest: ${kib(rest.capacityBytes)}, of which in use ${kib(rest.bytesInUse)}`)
  console.log(
    `locked with ${CONNECTIONS} open TLS 1.3 connections: ${kib(full.capacityBytes)}, in use ${kib(full.bytesInUse)}`,
  )
  console.log(
    `a connection: ${Math.round((full.bytesInUse - rest.bytesInUse) / CONNECTIONS)} bytes; fallbacks: ${full.fallbacks}`,
  )
  await peer.end()
}

async function main(folder: string): Promise<void> {
  writeRsaKey(join(folder, 'server.pem'))
  certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
  for (const scope of ['keys', 'all']) {
    const ratios = new Map<string, number[]>()
    const plain = new Map<string, number[]>()
    const measure = (preload: boolean): Rates => {
      const env = environment(preload, { MEMFD_SECRET_PRELOAD_SCOPE: scope })
      return { ...operations(folder, env), ...startUps(env) }
    }
    for (let round = 0; round < Number(rounds); round++) {
      const first = measure(round % 2 === 0)
      const second = measure(round % 2 !== 0)
      const [withIt, without] = round % 2 === 0 ? [first, second] : [second, first]
      for (const [name, rate] of Object.entries(without)) {
        ratios.set(name, [...(ratios.get(name) ?? []), (withIt[name] ?? 0) / rate])
        plain.set(name, [...(plain.get(name) ?? []), rate])
      }
    }
    console.log(`scope ${scope}: speed with the library / without, median of ${rounds} pairs (without it, a second)`)
    for (const [name, values] of ratios) {
      console.log(`  ${name.padEnd(36)} ${median(values).toFixed(3)}  (${median(plain.get(name) ?? []).toFixed(0)})`)
    }
  }
  await lockedMemory(folder)
}

const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
void main(folder)
  .finally(() => rmSync(folder, { recursive: true }))
  .then(() => process.exit())
