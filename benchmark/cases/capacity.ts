import { join } from 'node:path'
import type { Filled } from '../counting/fill'
import { runProgram } from '../counting/run-program'
import { NotToBeHad } from '../measuring/task'
import { atLeast, count, exactly } from '../goals'
import type { Case, Effort, Findings, Progress, Row } from '../model'
import { inUnitOf } from '../report/format'

const LIMITS = [
  { name: '8 MiB', bytes: 8 * 2 ** 20 },
  { name: '64 KiB', bytes: 64 * 2 ** 10 },
]

const OURS = 'memfd-secret'

const CANDIDATES = [
  { label: OURS, name: 'secret' },
  { label: 'a memfd_secret page each', name: 'page-each' },
  { label: 'sodium-native', name: 'sodium' },
]

async function fill(candidate: string, limit: number): Promise<Filled | string> {
  const node = [process.execPath, '--expose-gc', join(__dirname, '../counting/fill.js'), candidate]
  try {
    const { stdout } = await runProgram('prlimit', [`--memlock=${limit}:${limit}`, ...node])
    return JSON.parse(stdout) as Filled | string
  } catch (error) {
    if (error instanceof NotToBeHad) return error.message
    throw error
  }
}

function rowsOf(limit: string, label: string, filled: Filled | string): Row[] {
  const row = (what: string, unit: 'each' | 'bytes', value: (of: Filled) => number, note: string | null): Row => ({
    what: `${what} under ${limit}`,
    candidate: label,
    unit,
    value: typeof filled === 'string' ? null : exactly(value(filled)),
    processor: null,
    ratio: null,
    note: typeof filled === 'string' ? filled : note,
  })
  const end = typeof filled === 'string' ? null : `the next one: ${filled.end}`
  return [
    row('secrets of 32 bytes', 'each', ({ live }) => live, end),
    row('locked bytes a secret', 'bytes', ({ lockedBytes, live }) => lockedBytes / live, null),
    row('resident bytes a secret', 'bytes', ({ residentBytes, live }) => residentBytes / live, null),
  ]
}

async function run(_effort: Effort, progress: Progress): Promise<Findings> {
  const found: Row[] = []
  for (const { name, bytes } of LIMITS) {
    for (const { label, name: candidate } of CANDIDATES) {
      progress(`${label} under ${name}`)
      found.push(...rowsOf(name, label, await fill(candidate, bytes)))
    }
  }
  // By what was counted, not by who.
  const rows = [...new Set(found.map(({ what }) => what))].flatMap((what) => found.filter((row) => row.what === what))
  const filled = rows.filter(({ what, value }) => what === 'secrets of 32 bytes under 8 MiB' && value !== null)
  const bars = filled.map(({ candidate, value }) => ({
    label: candidate,
    value: value?.median ?? 0,
    text: inUnitOf('each', value?.median ?? 0),
    ours: candidate === OURS,
  }))
  const own = filled.find(({ candidate }) => candidate === OURS)?.value
  return {
    rows,
    goals: [atLeast({ item: 3, goal: '100,000 secrets of 32 bytes under 8 MiB' }, 100_000, own, count)],
    charts: [
      {
        file: 'capacity',
        title: 'Secrets of 32 bytes in locked memory under the usual limit',
        subtitle: 'RLIMIT_MEMLOCK of 8 MiB; longer is better',
        description: `Under 8 MiB live: ${bars.map(({ label, text }) => `${label} ${text}`).join('; ')}.`,
        bars,
      },
    ],
  }
}

export const capacity: Case = { name: 'capacity', title: 'How many secrets a limit holds', run }
