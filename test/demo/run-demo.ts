import { execFile } from 'node:child_process'
import { closeSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { memfdSecret } from '../../lib/raw'
import type { Report } from '../../demo/report'
import type { AttackName, HolderName, Verdict } from '../../demo/attack-names'

const ROOT = resolve(__dirname, '..', '..', '..')
export const ATTACKER = join(ROOT, 'build', 'Release', 'attacker')
export const DEMO = join(ROOT, 'out', 'demo', 'main.js')

export interface Finished {
  status: number | null
  stdout: string
  stderr: string
}

export function runProgram(program: string, args: readonly string[], env = process.env): Promise<Finished> {
  return new Promise((resolved) => {
    const options = { env, timeout: 800_000, killSignal: 'SIGKILL', maxBuffer: 1 << 24 } as const
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolved({ status, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** `launcher`: a program and its arguments that start the demonstration. */
export function runDemo(args: readonly string[], launcher: readonly string[] = []): Promise<Finished> {
  const [program = '', ...rest] = [...launcher, process.execPath, DEMO, ...args]
  return runProgram(program, rest)
}

export function parseReport(finished: Finished): Report {
  return JSON.parse(finished.stdout) as Report
}

export function verdictOf(report: Report, holder: HolderName, attack: AttackName): Verdict | undefined {
  const found = report.holders.find((candidate) => candidate.holder === holder)
  return found?.attacks.find((outcome) => outcome.attack === attack)?.verdict
}

function hasMemfdSecret(): boolean {
  try {
    closeSync(memfdSecret())
    return true
  } catch {
    return false
  }
}

/** false where no user may attack even processes of its own, but root. */
function sameUserMayAttack(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim() === '0'
  } catch {
    return true
  }
}

/** What this machine lacks, or null; found out without the demonstration. */
export function lacks(uid: number): string | null {
  if (process.platform !== 'linux') return 'Linux'
  if (!hasMemfdSecret()) return 'memfd_secret'
  return uid === 0 || sameUserMayAttack() ? null : 'the right to attack (yama)'
}
