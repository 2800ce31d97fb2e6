import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { writeKeys } from './key-material'
import { scanProcess } from './memory-scan'
import { environment, whyNoScan } from './preload-library'

const folder = join(t.testdir({}), 'keys')
const skip = whyNoScan()
const { secrets, jwkText } =
  skip === false ? writeKeys(folder) : { secrets: new Map<string, Buffer>(), jwkText: Buffer.alloc(0) }
const STEPS: readonly Step[] = ['load', 'use', 'derive']

type Step = 'load' | 'use' | 'derive'

/** What root finds in a process that holds the keys: after the load, after uses of each, and during derivations. */
async function findIn(
  preload: boolean,
  patterns: Map<string, Buffer>,
  steps: readonly Step[],
  more: Record<string, string> = {},
): Promise<string[][]> {
  const child = fork(join(__dirname, 'fixtures', 'holder.js'), [folder], {
    env: environment(preload, more),
    execArgv: [],
    timeout: 100_000,
  })
  const ended = once(child, 'exit')
  const found: string[][] = []
  try {
    for (const step of steps) {
      child.send(step)
      const [answer] = await Promise.race([once(child, 'message'), ended])
      if (answer !== step) throw new Error(`Expected the child to answer ${step} but received ${String(answer)}`)
      found.push(scanProcess(child.pid ?? 0, patterns))
    }
    return found
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

t.test(
  'scope keys: no key of any kind is readable, after load, after use, and during derivations',
  { skip },
  async (t) => {
    t.strictSame(await findIn(true, secrets, STEPS), [[], [], []])
  },
)

t.test('scope all: neither', { skip }, async (t) => {
  const more = { MEMFD_SECRET_PRELOAD_SCOPE: 'all' }
  t.strictSame(await findIn(true, secrets, ['load', 'use'], more), [[], []])
})

t.test('without the preload the same scan finds a key of each kind', { skip }, async (t) => {
  const found = (await findIn(false, secrets, STEPS)).flat()
  const kinds = new Set([...secrets.keys()].map((name) => name.split(/[ ,]/, 1)[0] ?? ''))
  for (const kind of kinds) {
    t.ok(
      found.some((name) => name.split(/[ ,]/, 1)[0] === kind),
      `${kind} is readable`,
    )
  }
})

t.test('the text of a JWK lies outside, as docs/preload.md says', { skip }, async (t) => {
  const [load] = await findIn(true, new Map([['jwk text', jwkText]]), ['load'])
  t.strictSame(load, ['jwk text'])
})
