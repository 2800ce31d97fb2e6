import { join } from 'node:path'
import t from 'tap'
import { findInHolder } from './holder-process'
import { writeKeys } from './key-material'
import { whyNoScan } from './preload-library'

const folder = join(t.testdir({}), 'keys')
const skip = whyNoScan()
const { secrets, jwkText } =
  skip === false ? writeKeys(folder) : { secrets: new Map<string, Buffer>(), jwkText: Buffer.alloc(0) }

t.test(
  'scope keys: no key of any kind is readable, after load, after use, and during derivations',
  { skip },
  async (t) => {
    t.strictSame(await findInHolder({ folder, preload: true }, secrets, ['load', 'use', 'derive']), [[], [], []])
  },
)

t.test('scope all: neither', { skip }, async (t) => {
  const env = { MEMFD_SECRET_PRELOAD_SCOPE: 'all' }
  t.strictSame(await findInHolder({ folder, preload: true, env }, secrets, ['load', 'use']), [[], []])
})

t.test('without the preload the same scan finds a key of each kind', { skip }, async (t) => {
  const found = (await findInHolder({ folder, preload: false }, secrets, ['load', 'use', 'derive'])).flat()
  const kinds = new Set([...secrets.keys()].map((name) => name.split(/[ ,]/, 1)[0] ?? ''))
  for (const kind of kinds) {
    t.ok(
      found.some((name) => name.split(/[ ,]/, 1)[0] === kind),
      `${kind} is readable`,
    )
  }
})

t.test('the text of a JWK lies outside, as docs/preload.md says', { skip }, async (t) => {
  const text = new Map([['jwk text', jwkText]])
  t.strictSame(await findInHolder({ folder, preload: true }, text, ['load']), [['jwk text']])
})
