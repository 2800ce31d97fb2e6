import { execFileSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditEncoding, ENCODINGS, scan } from '../lib/audit/scan'
import { ownMemory } from '../lib/audit/mappings'
import { SecretBuffer } from '../lib/index'
import { packageRoot } from '../lib/addon-file'
import { lifetimeOf } from '../lib/secret-buffer'

// npm run bench:audit [MEGABYTES]: how fast an audit reads, in bytes for each second of one core (processor time, so that
// other work on the machine does not count), for secrets of several lengths and three kinds of memory; then memmem(3), a
// pass for each pattern, on as much memory.

const megabytes = Number(process.argv[2] ?? 256)
const size = Math.ceil((megabytes * 1e6) / 2 ** 17) * 2 ** 17

function fillText(buffer: Buffer): void {
  const piece = Buffer.from(JSON.stringify(process.report.getReport()))
  buffer.fill(piece)
}

const MEMORY: Record<string, (buffer: Buffer) => void> = {
  'random bytes': (buffer) => void randomFillSync(buffer),
  'JSON text': fillText,
  zeros: (buffer) => void buffer.fill(0),
}

function print(name: string, bytes: number, microseconds: number): void {
  console.log(`  ${name.padEnd(34)} ${(bytes / microseconds / 1e3).toFixed(2).padStart(6)} GB/s`)
}

async function measure(byteLength: number, encodings: readonly AuditEncoding[]): Promise<void> {
  const secret = SecretBuffer.random(byteLength)
  const before = process.cpuUsage()
  const { bytes } = await scan(lifetimeOf(secret, 'secret'), () => ownMemory(secret.backing === 'mlock'), { encodings })
  const { user, system } = process.cpuUsage(before)
  print(`${encodings.join(', ')}, ${byteLength} bytes`, bytes, user + system)
  secret.dispose()
}

/** memmem with the lengths of as many patterns as the four encodings of a secret of 32 bytes have. */
function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-bench-'))
  try {
    const program = join(folder, 'memmem')
    execFileSync('c++', ['-O2', '-std=c++20', '-o', program, join(packageRoot(), 'benchmark/memmem.cc')])
    const narrow = [32, 32, 64, 43, 42, 42, 64]
    for (const lengths of [narrow, [...narrow, 43, 42, 42, 64, 128, 128, 86, 84, 84, 86, 84, 84]]) {
      const nanoseconds = Number(execFileSync(program, [size, ...lengths].map(String), { encoding: 'utf8' }))
      print(`${lengths.length} passes of memmem`, size, nanoseconds / 1e3)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function main(): Promise<void> {
  const buffer = Buffer.alloc(size)
  for (const [name, fill] of Object.entries(MEMORY)) {
    fill(buffer)
    console.log(`${megabytes} MB of ${name}, and Node's own memory`)
    for (const byteLength of [8, 16, 32, 64, 2048]) await measure(byteLength, ENCODINGS)
    await measure(32, ['raw'])
  }
  console.log(`${megabytes} MB of random bytes`)
  compare()
}

void main()
