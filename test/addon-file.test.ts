import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addonFile, packageRoot } from '../lib/addon-file'
import { evaluate } from './detection/refusing'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const BUILT = join(packageRoot(), 'build/Release/memfd_secret.node')

/** Which file a process loads. */
const loadedBy = (env: NodeJS.ProcessEnv): string | null =>
  evaluate(`answer(Object.keys(require.cache).find((file) => file.endsWith('.node')) ?? null)`, { env })

t.test('what was built, without node-gyp-build', async (t) => {
  t.equal(addonFile(), BUILT)
  t.same(
    evaluate(`answer(Object.keys(require.cache).filter((file) => /node-gyp-build|\\.node$/.test(file)))`),
    [BUILT],
    'node-gyp-build costs memory, and has nothing to find',
  )
})

t.test('the variables of node-gyp-build', async (t) => {
  const folder = t.testdir()
  const other = join(folder, 'build/Release/other.node')
  mkdirSync(join(folder, 'build/Release'), { recursive: true })
  copyFileSync(BUILT, other)
  t.equal(loadedBy({ MEMFD_SECRET_PREBUILD: folder }), other)
  t.equal(loadedBy({ MEMFD_SECRET_PREBUILD: '' }), BUILT)
  const empty = t.testdir({})
  t.equal(loadedBy({ MEMFD_SECRET_PREBUILD: empty, PREBUILDS_ONLY: '1' }), null)
  t.match(
    evaluate(`answer(lib.probe())`, { env: { MEMFD_SECRET_PREBUILD: empty, PREBUILDS_ONLY: '1' } }),
    { memfdSecret: { reason: 'no-addon', evidence: [/No native build was found for/] } },
    'its error tells what was looked for',
  )
})
