import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { writeKeys } from './key-material'
import { scanProcess } from './memory-scan'
import { environment } from './preload-library'

const folder = join(t.testdir({}), 'keys')
const secrets = writeKeys(folder)

/** What root finds in a process that holds the keys: after the load and after uses of each. */
async function findIn(preload: boolean, more: Record<string, string> = {}): Promise<{ load: string[]; use: string[] }> {
  const child = fork(join(__dirname, 'fixtures', 'holder.js'), [folder], {
    env: environment(preload, more),
    execArgv: [],
    timeout: 25_000,
  })
  const ended = once(child, 'exit')
  const ask = async (what: string): Promise<string[]> => {
    child.send(what)
    const [answer] = await Promise.race([once(child, 'message'), ended])
    t.equal(answer, what, `the child did: ${what}`)
    return scanProcess(child.pid ?? 0, secrets)
  }
  try {
    return { load: await ask('load'), use: await ask('use') }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const skip = process.getuid?.() === 0 ? false : 'only root may read the memory of a process that holds keys'

t.test('scope keys: no key of any kind is readable, after load and after use', { skip }, async (t) => {
  t.strictSame(await findIn(true), { load: [], use: [] })
})

t.test('without the preload the same scan finds them', { skip }, async (t) => {
  const { load, use } = await findIn(false)
  console.error(load, use)
})
