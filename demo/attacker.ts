import { execFile } from 'node:child_process'
import { ATTACKER_PROGRAM } from './paths'

/** The attacker ends itself after 60 seconds; a program of others may need to be ended. */
const TIMEOUT_MS = 90_000

/** What the attacker program prints: facts, no verdict. Addresses are text, since they pass 2^53. */
export interface Findings {
  impossible: string | null
  impossibleErrno: string | null
  hitCount: number
  hits: { needle: number; address: string; where: string; inSecret: boolean }[]
  secretPages: number
  secretPagesRefused: number
  refusal: string | null
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

function needleArguments(needles: readonly string[]): string[] {
  return needles.flatMap((path) => ['--needle', path])
}

/** Runs one attack of the attacker program. Throws where the program itself broke. */
export async function attack(name: string, target: string, needles: readonly string[]): Promise<Findings> {
  const { status, stdout, stderr, missing } = await run(ATTACKER_PROGRAM, [name, target, ...needleArguments(needles)])
  if (missing) throw new Error(`Expected the attacker program at ${ATTACKER_PROGRAM}: run 'npm run build'`)
  if (status !== 0 && status !== 3) {
    throw new Error(`Expected the attacker's ${name} to end by itself but received status ${status}. ${stderr}`.trim())
  }
  return JSON.parse(stdout) as Findings
}
