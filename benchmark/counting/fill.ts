// How many secrets of 32 bytes live in locked memory under the limit of this process: node --expose-gc fill.js CANDIDATE
// Prints a Filled, or as text why there is none. Started by cases/capacity.ts.
import { closeSync, readFileSync } from 'node:fs'
import { dropPrivileges } from '../../test/drop-privileges'
import { NotToBeHad } from '../measuring/task'
import { loadRaw, loadSodium } from '../peers'

export interface Filled {
  live: number
  /** Locked or secret bytes mapped for them. */
  lockedBytes: number
  /** By how much resident memory has grown, JavaScript's objects included. */
  residentBytes: number
  /** What the next one got. */
  end: string
}

const BYTES = 32
/** A limit that is not there would fill the machine. */
const MOST = 1_000_000

interface Candidate {
  /** Makes one more; answers null, or what stops it. */
  add(): string | null
  lockedBytes(): number
}

const kept: unknown[] = []

function statusBytes(field: string): number {
  const line = readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .find((row) => row.startsWith(`${field}:`))
  return Number(/(\d+) kB/.exec(line ?? '')?.[1] ?? Number.NaN) * 1024
}

function secretMappedBytes(): number {
  const maps = readFileSync('/proc/self/maps', 'utf8').matchAll(/^([\da-f]+)-([\da-f]+) .*\/secretmem/gm)
  return [...maps].reduce((sum, [, from, to]) => sum + parseInt(to ?? '', 16) - parseInt(from ?? '', 16), 0)
}

function keepUnlessThrown(make: () => unknown): string | null {
  try {
    kept.push(make())
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

async function secrets(): Promise<Candidate> {
  const { SecretBuffer, stats } = await import('memfd-secret')
  return {
    add: () => keepUnlessThrown(() => SecretBuffer.random(BYTES)),
    lockedBytes: () => stats().lockedBytes,
  }
}

async function pagesEach(): Promise<Candidate> {
  const { map, memfdSecret } = await loadRaw()
  const make = (): ArrayBuffer => {
    const descriptor = memfdSecret()
    try {
      return map(descriptor, BYTES)
    } finally {
      closeSync(descriptor)
    }
  }
  return { add: () => keepUnlessThrown(make), lockedBytes: secretMappedBytes }
}

/** sodium_malloc says nothing when mlock(2) fails: the secret is there, and not locked. */
function sodium(): Candidate {
  const { sodium_malloc: malloc } = loadSodium()
  const locked = (): number => statusBytes('VmLck')
  return {
    add: () => {
      const before = locked()
      const bytes = malloc(BYTES)
      if (locked() === before) return 'unlocked memory, and no error'
      kept.push(bytes)
      return null
    },
    lockedBytes: locked,
  }
}

const CANDIDATES: Record<string, () => Candidate | Promise<Candidate>> = {
  secret: secrets,
  'page-each': pagesEach,
  sodium,
}

function resident(): number {
  globalThis.gc?.()
  return statusBytes('VmRSS')
}

async function main(): Promise<void> {
  const candidate = await CANDIDATES[process.argv[2] ?? '']?.()
  if (candidate === undefined) throw new Error(`Expected a candidate but received ${process.argv[2]}`)
  dropPrivileges()
  const before = resident()
  let end: string | null = null
  while (end === null && kept.length < MOST) end = candidate.add()
  const filled: Filled = {
    live: kept.length,
    lockedBytes: candidate.lockedBytes(),
    residentBytes: resident() - before,
    end: end ?? 'no limit',
  }
  process.stdout.write(JSON.stringify(filled))
}

main().catch((error: unknown) => {
  if (!(error instanceof NotToBeHad)) throw error
  process.stdout.write(JSON.stringify(error.message))
})
