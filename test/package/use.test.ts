import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { probe } from '../../lib/probe'
import { type Ended, makeStranger, ROOT } from './stranger'

if (process.platform !== 'linux') {
  t.plan(0, 'the addon is for Linux')
  process.exit()
}

const { exports: entries } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
}
const project = makeStranger(t)

// Prints the 40 hexadecimal digits of an HMAC under a key of 20 times 0x0b, and the backing, through each module system.
const PROGRAM = `
  const key = SecretBuffer.alloc(20)
  key.fill(0x0b)
  const tag = key.use((bytes) => createHmac('sha1', bytes).update('Hi There').digest('hex'))
  console.log(tag, key.backing === 'heap' ? 'heap' : 'native')
  key.dispose()
`
const EXPECTED = 'b617318655057264e28bc0b6fb378c8ef146be00 native\n'
const COMMONJS = `const { createHmac } = require('node:crypto'); const { SecretBuffer } = require('memfd-secret'); ${PROGRAM}`
const MODULE = `import { createHmac } from 'node:crypto'; import { SecretBuffer } from 'memfd-secret'; ${PROGRAM}`

project.write('commonjs.cjs', COMMONJS)
project.write('module.mjs', MODULE)

/** The fallback's one warning may be on stderr, where the kernel has no secret memory. */
function printed(test: Test, ended: Ended, stdout: string, message: string): void {
  test.match(ended, { status: 0, signal: null }, `${message}\n${ended.stderr}`)
  test.equal(ended.stdout, stdout, message)
}

t.test('CommonJS and ES modules', async (st) => {
  printed(st, project.node(['commonjs.cjs']), EXPECTED, 'require')
  printed(st, project.node(['module.mjs']), EXPECTED, 'import')
  project.write(
    'both.mjs',
    "import { createRequire } from 'node:module'; import * as m from 'memfd-secret'\n" +
      "const c = createRequire(import.meta.url)('memfd-secret'); console.log(m.SecretBuffer === c.SecretBuffer)",
  )
  printed(st, project.node(['both.mjs']), 'true\n', 'both get the one class')
})

t.test('every entry of exports loads from both module systems and has its names', async (st) => {
  for (const entry of Object.keys(entries).filter((name) => name !== './package.json')) {
    const name = `memfd-secret${entry.slice(1)}`
    const script =
      `const c = Object.keys(require('${name}')).filter((k) => k !== '__esModule').sort().join()\n` +
      `import('${name}').then((m) => { const names = Object.keys(m).filter((k) => k !== 'default' && k !== '__esModule' && ` +
      `k !== 'module.exports').sort().join(); console.log(names !== '' && names === c) })`
    printed(st, project.node(['-e', script]), 'true\n', name)
  }
  const inner = project.node(['-e', "require('memfd-secret/dist/native.js')"])
  st.match(inner.stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/, 'what is not exported stays inside')
})

t.test('one instance, whichever entries are loaded, and in which order', async (st) => {
  const script =
    "const { toWorker } = require('memfd-secret/share'); const { findCopies } = require('memfd-secret/audit')\n" +
    "const { SecretBuffer } = require('memfd-secret'); const secret = SecretBuffer.random(32)\n" +
    "console.log(typeof toWorker(secret).id); findCopies(secret).then(() => console.log('searched'))"
  printed(st, project.node(['-e', script]), 'bigint\nsearched\n', 'each knows a secret of the other')
})

// Where the kernel has no memfd_secret(2), its configuration is read to say why, for which zlib is loaded.
const skip = probe().memfdSecret.available ? false : 'memfd_secret does not serve on this kernel'

t.test('start-up loads two files, and none of the costly modules of Node', { skip }, async (st) => {
  const script = `
    const { builtinModules } = require('node:module')
    const loaded = () => builtinModules.filter((name) => process.moduleLoadList.includes('NativeModule ' + name))
    const before = loaded()
    require('memfd-secret').probe()
    const ours = Object.keys(require.cache).filter((file) => /memfd-secret.dist/.test(file))
    const names = loaded().filter((name) => !before.includes(name))
    console.log(ours.map((file) => require('node:path').basename(file)).join(), names.join())`
  printed(st, project.node(['-e', script]), 'index.js,core.js os\n', 'its own files, and of Node os alone')
})

t.test('a worker', async (st) => {
  const script =
    "const { Worker } = require('node:worker_threads')\n" +
    "new Worker('./commonjs.cjs').on('exit', () => new Worker('./module.mjs'))"
  printed(st, project.node(['-e', script]), EXPECTED + EXPECTED, 'each prints the tag')
})

t.test("Node's permission model", async (st) => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
  const allowed = [flag, `--allow-fs-read=${join(project.folder, '*')}`]
  printed(st, project.node([...allowed, '--allow-addons', 'commonjs.cjs']), EXPECTED, 'with --allow-addons')
  const refused = project.node([...allowed, 'commonjs.cjs'])
  st.equal(refused.status, 1, 'without it there is no secret')
  st.match(refused.stderr, /ERR_MEMFD_SECRET_UNAVAILABLE/, 'and a clear error')
  st.match(refused.stderr, /addon/i, 'which names the cause')
})

t.test('the command', async (st) => {
  const command = join('node_modules', '.bin', 'memfd-secret')
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const { status, stdout } = project.node([command, '--version'])
  st.equal(status, 0)
  st.match(stdout, version)
  const path = project.node([command, 'preload-path'])
  st.equal(
    path.stdout.trim(),
    join(project.folder, 'node_modules/memfd-secret/prebuilds', `linux-${process.arch}`, 'memfd_secret_preload.so'),
    'the preload library lies beside the addon',
  )
})

t.test('elsewhere', async (st) => {
  const otherArch = project.node(['commonjs.cjs'], { npm_config_arch: 'ppc64' })
  st.equal(otherArch.status, 1, 'Linux on a machine without a prebuilt file: no secret')
  st.match(otherArch.stderr, /ERR_MEMFD_SECRET_UNAVAILABLE/, 'a clear error')
  for (const platform of ['darwin', 'win32']) {
    project.write('elsewhere.cjs', `Object.defineProperty(process, 'platform', { value: '${platform}' })\n${COMMONJS}`)
    printed(st, project.node(['elsewhere.cjs']), EXPECTED.replace('native', 'heap'), `${platform}: the heap backing`)
  }
})

t.test("pnpm's layout", async (st) => {
  // Real folders in a store below node_modules, each with links to its dependencies beside it; one link for the project.
  const modules = join(project.folder, 'node_modules')
  for (const name of ['memfd-secret', 'node-gyp-build']) {
    const place = join(modules, '.pnpm', `${name}@1.0.0`, 'node_modules')
    mkdirSync(place, { recursive: true })
    renameSync(join(modules, name), join(place, name))
  }
  symlinkSync('.pnpm/memfd-secret@1.0.0/node_modules/memfd-secret', join(modules, 'memfd-secret'))
  symlinkSync(
    '../../node-gyp-build@1.0.0/node_modules/node-gyp-build',
    join(modules, '.pnpm/memfd-secret@1.0.0/node_modules/node-gyp-build'),
  )
  st.notOk(readdirSync(modules).includes('node-gyp-build'), 'the project itself has no node-gyp-build')
  printed(st, project.node(['commonjs.cjs']), EXPECTED, 'require')
  printed(st, project.node(['module.mjs']), EXPECTED, 'import')
})
