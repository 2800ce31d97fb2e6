import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { lacks } from '../demo/run-demo'
import { SUITE } from './run-attacks'

const ROOT = process.getuid?.() === 0
const missing = lacks(process.getuid?.() ?? -1)
/** A program of an attack that is under way may have to end first. */
const WITHIN_MS = 120_000

async function until(holds: () => boolean): Promise<boolean> {
  for (const end = performance.now() + WITHIN_MS; performance.now() < end; await delay(20)) if (holds()) return true
  return holds()
}

for (const as of ROOT ? ['root', 'user'] : ['user']) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    // Nobody removes root's own then.
    if (as === 'root' && signal === 'SIGKILL') continue
    if (!ROOT && signal === 'SIGKILL') continue
    const name = `ended by ${signal} as ${as}: the folder with the secret is removed`
    t.test(name, { skip: missing !== null && `lacks ${missing}`, timeout: 2 * WITHIN_MS }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'attack-test-'))
      chmodSync(folder, 0o1777)
      t.teardown(() => rmSync(folder, { recursive: true, force: true }))
      const env = { ...process.env, TMPDIR: folder }
      const child = spawn(process.execPath, [SUITE, '--as', as, '--json', '-'], { env, stdio: 'ignore' })
      const ended = once(child, 'exit')
      t.ok(await until(() => readdirSync(folder).length > 0), 'it was there')
      // In the midst of the attacks.
      await delay(500)
      child.kill(signal)
      await ended
      t.ok(await until(() => readdirSync(folder).length === 0), 'and is gone')
    })
  }
}
