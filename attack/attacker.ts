import { execFile } from 'node:child_process'
import { type Evidence, type Hit, impossible, type Target } from './attack'
import { ATTACKER_PROGRAM } from './paths'
import type { Needle } from './needles'

/** The attacker ends itself after 60 seconds; a program of others may need to be ended. */
const TIMEOUT_MS = 90_000

/** What the attacker program prints: facts, no verdict. Addresses are text, since they pass 2^53. */
export interface Findings {
  impossible: string | null
  impossibleErrno: string | null
  hitCount: number
  hits: Hit[]
  /** Of the mappings that hold secrets, or of the ranges that were asked for. */
  secretPages: number
  secretPagesRefused: number
  refusal: string | null
  bytesRead: number
  bytesWritten: number
  descriptors: number
  descriptorsTaken: number
  secretDescriptors: number
  secretMappings: { start: string; end: string; name: string }[]
}

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
  /** No such program. */
  missing: boolean
}

export function run(program: string, args: readonly string[], timeout = TIMEOUT_MS): Promise<Ran> {
  const env = { ...process.env, LC_ALL: 'C', DEBUGINFOD_URLS: '' }
  return new Promise((resolve) => {
    const options = { timeout, killSignal: 'SIGKILL', env, maxBuffer: 1 << 24 } as const
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const missing = error !== null && error.code === 'ENOENT'
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr, missing })
    })
    child.stdin?.end()
  })
}

export interface Addresses {
  start: bigint
  end: bigint
}

/** Runs one attack of the attacker program. Throws where the program itself broke. */
export async function attack(
  name: string,
  target: string,
  needles: readonly Needle[],
  ranges: readonly Addresses[] = [],
): Promise<Findings> {
  const what = needles.flatMap(({ path }) => ['--needle', path])
  const where = ranges.flatMap(({ start, end }) => ['--range', `${start.toString(16)}-${end.toString(16)}`])
  const { status, stdout, stderr, missing } = await run(ATTACKER_PROGRAM, [name, target, ...what, ...where])
  if (missing) throw new Error(`Expected the attacker program at ${ATTACKER_PROGRAM}: run 'npm run build'`)
  if (status !== 0 && status !== 3) {
    throw new Error(`Expected the attacker's ${name} to end by itself but received status ${status}. ${stderr}`.trim())
  }
  return JSON.parse(stdout) as Findings
}

export function evidenceOf(found: Findings, detail: string): Evidence {
  if (found.impossible !== null) return impossible(found.impossible, found.impossibleErrno)
  const { hits, hitCount, secretPages: tried, secretPagesRefused: refused, refusal } = found
  return { impossible: null, hits, hitCount, tried, refused, refusal, detail }
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Runs an attack of the attacker program that reads memory of the victim. */
export async function readBy(
  name: string,
  { how, victim, needles }: Target,
  ranges: readonly Addresses[] = [],
): Promise<Evidence> {
  const found = await attack(name, String(victim.pid), needles, ranges)
  // "Not found" must not come of not having looked.
  if (found.impossible === null && how !== 'malloc' && found.secretPages === 0) {
    throw new Error(`Expected a mapping that holds secrets in the ${how} victim but received none`)
  }
  return evidenceOf(found, `${megabytes(found.bytesRead)} read and searched`)
}

/** Searches a file that an attack made. */
export async function searchFile(path: string, needles: readonly Needle[]): Promise<Findings> {
  return attack('search-file', path, needles)
}
