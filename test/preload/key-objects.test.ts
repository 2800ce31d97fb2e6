// toKeyObject() under the preload, without { allowHeapCopy }: what root finds in the memory of a process that uses it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PASSPHRASE, writeKeys } from './key-material'
import { scanProcess } from './memory-scan'
import { environment, whyNoScan } from './preload-library'

const folder = join(t.testdir({}), 'keys')
const skip = whyNoScan()
const LOADED = new Set(['rsa', 'ec', 'ed25519', 'encrypted', 'aes', 'hmac'])

function start(preload: boolean) {
  const file = join(__dirname, 'fixtures', 'key-objects.js')
  const child = fork(file, [folder], { env: environment(preload), execArgv: [], timeout: 240_000, silent: true })
  let stderr = ''
  child.stderr?.on('data', (text) => (stderr += String(text)))
  const closed = once(child, 'close')
  return { child, closed, stderr: () => stderr }
}

t.test('no key is readable after load and use, nor one that came back', { skip }, async (t) => {
  const all = [...writeKeys(folder).secrets]
  const patterns = new Map(all.filter(([name]) => LOADED.has(name.split(/[ ,]/, 1)[0] ?? '')))
  t.ok(patterns.size >= 20, `looks for ${[...patterns.keys()].join(', ')}`)
  writeFileSync(join(folder, 'passphrase'), PASSPHRASE)

  const { child, closed, stderr } = start(true)
  try {
    for (const step of ['load', 'use']) {
      child.send(step)
      const [answer] = await Promise.race([once(child, 'message'), closed])
      t.equal(answer, step, stderr())
      t.strictSame(scanProcess(child.pid ?? 0, patterns), [], step)
    }
  } finally {
    child.kill('SIGKILL')
    await closed
  }

  const without = start(false)
  without.child.send('load')
  t.strictSame(await without.closed, [1, null])
  t.match(without.stderr(), /ERR_MEMFD_SECRET_HEAP_COPY/, 'without the preload the same program is refused')
})
