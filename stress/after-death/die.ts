import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { searchFile } from '../../attack/attacker'
import type { KnownSecret } from '../../attack/suite'
import { asLimit, hardLimit } from './hard-limit'
import { limitMemory } from './limits'
import type { WayToDie } from './ways-to-die'

const TIMEOUT_MS = 240_000

export interface Remains {
  failures: string[]
  /** Why it could not be tried here. */
  impossible: string | null
  cores: number
  /** Of all files that were left and searched. */
  bytes: number
}

export interface Known {
  secret: KnownSecret
  control: KnownSecret
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8')
  for await (const more of child.stdout ?? []) {
    text += more as string
    if (text.includes('\n')) return text
  }
  throw new Error('Expected the victim to say that it is ready')
}

/** Searches all that the victim left in its folder: core files, reports, heap snapshots. */
async function searchRemains(folder: string, { leavesCore }: WayToDie, { secret, control }: Known): Promise<Remains> {
  const remains: Remains = { failures: [], impossible: null, cores: 0, bytes: 0 }
  const forms = secret.needles.map(({ form }) => form)
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const found = await searchFile(path, [...secret.needles, ...control.needles])
    if (found.impossible !== null) remains.failures.push(`${name} could not be searched: ${found.impossible}`)
    const formsFound = [...new Set(found.hits.flatMap(({ needle }) => forms[needle] ?? []))]
    if (formsFound.length > 0) remains.failures.push(`the secret is in ${name}: ${formsFound.join(', ')}`)
    // The first alone are listed.
    if (found.hitCount > found.hits.length) remains.failures.push(`${name} has ${found.hitCount} hits`)
    remains.bytes += statSync(path).size
    if (!name.startsWith('core')) continue
    remains.cores++
    // Else the search, or the dump, is not worth anything.
    const controlled = found.hits.some(({ needle }) => needle >= forms.length)
    if (!controlled) remains.failures.push(`the plain Buffer is not in ${name}`)
  }
  if (remains.cores !== (leavesCore ? 1 : 0)) remains.failures.push(`${remains.cores} core files`)
  return remains
}

async function kill(folder: string, way: WayToDie, known: Known): Promise<string | null> {
  const args = [...(way.nodeArgs ?? []), join(__dirname, 'victim.js'), known.secret.path, known.control.path, way.act]
  const core = `--core=${asLimit(hardLimit('Max core file size'))}`
  const child = spawn('prlimit', [core, process.execPath, ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const closed = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const { backing } = JSON.parse(await firstLine(child)) as { backing: string }
  if (backing !== 'memfd_secret') throw new Error(`Expected memfd_secret but received ${backing}`)
  let release: () => void
  try {
    release = limitMemory(child.pid ?? 0, way.limit)
  } catch (error) {
    child.kill('SIGKILL')
    await closed
    return error instanceof Error ? error.message : String(error)
  }
  if (way.act === 'kill') child.kill('SIGKILL')
  else child.stdin?.on('error', () => undefined).end('die\n')
  const [status, signal] = await closed
  release()
  const end = signal ?? status
  if (end === null || !(way.ends as readonly unknown[]).includes(end)) throw new Error(`it ended by ${end}`)
  return null
}

/** Lets a victim die in a folder of its own, and searches what is left there. */
export async function dieAndSearch(name: string, way: WayToDie, known: Known): Promise<Remains> {
  const folder = join(known.secret.folder, `victim-${name.replace(/\W+/g, '-')}`)
  mkdirSync(folder, { mode: 0o700 })
  try {
    const impossible = await kill(folder, way, known)
    if (impossible !== null) return { failures: [], impossible, cores: 0, bytes: 0 }
    return await searchRemains(folder, way, known)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { failures: [message], impossible: null, cores: 0, bytes: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
