import { compare } from '../measuring/compare'
import type { Case, Effort, Findings, Progress, Row } from '../model'

interface Pair {
  what: string
  work: string
  ours: string
  theirs: string
  bytes: number
}

const PAIRS: readonly Pair[] = [
  { what: 'equals, 32 bytes', work: 'equals', ours: 'equals()', theirs: 'crypto.timingSafeEqual', bytes: 32 },
  { what: 'a file of 32 bytes', work: 'fromFileSync', ours: 'fromFileSync()', theirs: 'fs.readFileSync', bytes: 32 },
  {
    what: 'a file of 32 bytes, by promise',
    work: 'fromFile',
    ours: 'fromFile()',
    theirs: 'fs/promises readFile',
    bytes: 32,
  },
  { what: '32 bytes of hex', work: 'hex', ours: "from(text, 'hex')", theirs: "Buffer.from(text, 'hex')", bytes: 32 },
  { what: '16 KiB of hex', work: 'hex', ours: "from(text, 'hex')", theirs: "Buffer.from(text, 'hex')", bytes: 16_384 },
  {
    what: 'a hex file of 32 bytes',
    work: 'hex file',
    ours: "fromFileSync(decode: 'hex')",
    theirs: 'readFileSync + Buffer.from',
    bytes: 32,
  },
]

async function run(effort: Effort, progress: Progress): Promise<Findings> {
  const rows: Row[] = []
  for (const { what, work, ours, theirs, bytes } of PAIRS) {
    const candidates = [
      { label: ours, task: `secret ${work}` },
      { label: theirs, task: `plain ${work}` },
    ]
    const comparison = {
      module: 'equivalents',
      candidates,
      works: [{ what, args: { bytes } }],
      baseline: theirs,
    } as const
    rows.push(...(await compare(comparison, effort, progress)).rows)
  }
  return { rows, goals: [], charts: [] }
}

export const equivalents: Case = { name: 'equivalents', title: 'Beside node:crypto and node:fs', run }
