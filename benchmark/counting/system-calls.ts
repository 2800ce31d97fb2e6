import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { Attribution } from '../../test/system-calls/attribute'
import type { Spec } from '../tasks/index'
import { type Counted, readCounted } from './counted'
import { NotToBeHad } from '../measuring/task'

export interface Rounds {
  /** That are counted. */
  rounds: number
  /** Before, until quarantined slots are as many as they will be. */
  warmUp: number
}

interface Traced {
  text: string
  counted: Counted
}

/** A round: system calls by name, and page faults, which the process counts itself. */
export interface Calls {
  calls: Map<string, number>
  faults: number
}

/** The table of strace -c: the calls of each name. */
export function parseSummary(text: string): Map<string, number> {
  const calls = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, count, name] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w+)$/.exec(line) ?? []
    if (count !== undefined && name !== undefined && name !== 'total') calls.set(name, Number(count))
  }
  return calls
}

async function lineOf(lines: Interface, what: string): Promise<string> {
  const end = once(lines, 'close').then(() => {
    throw new Error(`Expected ${what} but the program ended`)
  })
  const [line] = (await Promise.race([once(lines, 'line'), end])) as [string]
  return line
}

/** Attaches to all threads of a process, with what strace is to do; answers once it has. */
async function attach(pid: number, file: string, options: readonly string[]): Promise<ChildProcess> {
  const args = ['-f', '-o', file, ...options, '-p', String(pid)]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const failed = once(strace, 'error').then(([error]) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new NotToBeHad('strace is not installed') : error
  })
  const said = lineOf(createInterface({ input: strace.stderr }), 'strace to attach')
  const line = await Promise.race([said, failed])
  if (!/attached/.test(line)) throw new NotToBeHad(`strace may not attach: ${line}`)
  return strace
}

const PATIENCE_SECONDS = 180

/** What strace writes of a process whose start and growth are over, for these rounds alone. */
async function trace(spec: Spec, { rounds, warmUp }: Rounds, options: readonly string[]): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-bench-'))
  const program = [join(__dirname, 'rounds.js'), JSON.stringify(spec), String(rounds), String(warmUp)]
  const child = spawn(process.execPath, program, {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: PATIENCE_SECONDS * 1000,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  try {
    const lines = createInterface({ input: child.stdout })
    const ready = await lineOf(lines, 'the task to be ready')
    if (ready !== 'ready') readCounted(ready)
    const file = join(folder, 'trace')
    const strace = await attach(child.pid ?? 0, file, options)
    child.stdin.write('go\n')
    const counted = readCounted(await lineOf(lines, 'the rounds to end'))
    const ended = once(strace, 'exit')
    strace.kill('SIGINT')
    await ended
    return { text: readFileSync(file, 'utf8'), counted }
  } catch (error) {
    // By its time limit.
    throw child.killed ? new NotToBeHad(`strace took more than ${PATIENCE_SECONDS} s`) : error
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

const perRound = (total: ReadonlyMap<string, number>, { rounds }: Counted): Map<string, number> =>
  new Map([...total].map(([name, count]) => [name, count / rounds]))

export async function countSystemCalls(spec: Spec, rounds: Rounds): Promise<Calls> {
  const { text, counted } = await trace(spec, rounds, ['-c'])
  return { calls: perRound(parseSummary(text), counted), faults: counted.faults / counted.rounds }
}

/**
 * Those whose stack leads to the addon, not to Node.js or V8. Stacks take long: a call that is made in each round is told by
 * its stack for some rounds, and the rest for all.
 */
export async function countAddonCalls(spec: Spec, rounds: Rounds, each: string): Promise<Map<string, number>> {
  const some = await addonCalls(spec, { ...rounds, rounds: Math.min(SOME_ROUNDS, rounds.rounds) }, [])
  const rest = await addonCalls(spec, rounds, ['-e', `trace=!${each}`])
  const every = some.get(each)
  return every === undefined ? rest : rest.set(each, every)
}

const SOME_ROUNDS = 16

async function addonCalls(spec: Spec, rounds: Rounds, options: readonly string[]): Promise<Map<string, number>> {
  const { text, counted } = await trace(spec, rounds, ['-k', '-e', 'signal=none', ...options])
  if (!text.includes('\n > ')) throw new NotToBeHad('this strace shows no stacks')
  const seen = new Attribution()
  for (const line of text.split('\n')) seen.line(line)
  return perRound(seen.calls.addon, counted)
}
