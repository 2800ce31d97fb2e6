import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { asLimit } from './hard-limit'

/** The limit that is filled. */
export const FILLED_BYTES = 8 * 1024 * 1024
const PATIENCE_MS = 5_000
/** The count is the whole system's: other processes come and go. */
const ATTEMPTS = 8

/** Secret pages are among these, of all processes; the kernel has no other count of them. */
function unevictableBytes(): number {
  return Number(/^Unevictable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) * 1024
}

interface Filled {
  bytes: number
  kill(): Promise<void>
}

async function fill(uid: number): Promise<Filled> {
  const limit = `--memlock=${asLimit(FILLED_BYTES)}`
  const child = spawn('prlimit', [limit, process.execPath, join(__dirname, 'filler.js'), String(uid)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
  const exited = once(child, 'exit')
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    bytes: Number(text.toString()),
    async kill() {
      child.kill('SIGKILL')
      await exited
      if (existsSync(`/proc/${child.pid}/maps`)) throw new Error('Expected no process where the killed one was')
    },
  }
}

async function countedAgain(before: number): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
    if (unevictableBytes() < before + FILLED_BYTES / 2) return true
    await delay(100)
  }
  return false
}

async function attempt(uid: number): Promise<string | null> {
  const before = unevictableBytes()
  const first = await fill(uid)
  const risen = unevictableBytes() - before
  await first.kill()
  if (first.bytes < FILLED_BYTES / 2) return `only ${first.bytes} bytes of ${FILLED_BYTES} could be filled`
  if (risen < FILLED_BYTES / 2) return `the kernel counted ${risen} bytes for ${first.bytes} of secrets`
  if (!(await countedAgain(before))) return 'the kernel still counts the pages of a killed process'
  // The same user's: kernels count touched pages for all its processes until they are freed.
  const second = await fill(uid)
  await second.kill()
  return second.bytes === first.bytes ? null : `of ${first.bytes} bytes only ${second.bytes} could be filled again`
}

/** Fills a user's limit, kills the process by SIGKILL and sees that the kernel has taken the pages back. */
export async function pagesAreGivenBack(): Promise<string[]> {
  const uid = process.getuid?.() === 0 ? 1_000_000 + process.pid : (process.getuid?.() ?? 0)
  let problem: string | null = null
  for (let i = 0; i < ATTEMPTS; i++) {
    problem = await attempt(uid)
    if (problem === null) return []
  }
  return [`pages after kill -9: ${problem}`]
}
