import { join } from 'node:path'
import t from 'tap'
import { type Ended, installedHere, makeStranger } from './stranger'

const project = makeStranger(t)

const TAG = 'b617318655057264e28bc0b6fb378c8ef146be00'
// Jest and a worker have their own Uint8Array and Buffer: a secret made of those, and the view given back, must work.
const BODY = `
  const key = SecretBuffer.from(new Uint8Array(20).fill(0x0b))
  const tag = key.use((bytes) => createHmac('sha1', bytes).update('Hi There').digest('hex'))
`
const SPEC = `
test('signs', () => {${BODY}
  expect(tag).toBe('${TAG}')
  expect(key.equals(Buffer.alloc(20, 0x0b))).toBe(true)
  expect(() => SecretBuffer.from(5)).toThrow(TypeError)
  expect(String(key)).toMatch(/^\\[SecretBuffer: 20 bytes/)
  key.dispose()
  expect(() => key.use(() => 0)).toThrow(SecretMemoryError)
})
`
const IMPORTS =
  "import { createHmac } from 'node:crypto'\nimport { SecretBuffer, SecretMemoryError } from 'memfd-secret'\n"
const REQUIRES =
  "const { createHmac } = require('node:crypto')\n" +
  "const { SecretBuffer, SecretMemoryError } = require('memfd-secret')\n"

project.write('jest/commonjs.test.js', REQUIRES + SPEC)
project.write('jest/module.test.mjs', IMPORTS + SPEC)
project.write('vitest/module.test.mjs', IMPORTS + SPEC)
project.write('bundle.mjs', `${IMPORTS}${BODY}console.log(tag, key instanceof SecretBuffer, typeof SecretMemoryError)`)

const said = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`

t.test('Jest', async (st) => {
  const config = {
    rootDir: project.folder,
    roots: ['<rootDir>/jest'],
    testMatch: ['**/*.test.js', '**/*.test.mjs'],
    transform: {},
    cacheDirectory: join(project.folder, 'jest-cache'),
    watchman: false,
  }
  project.write('jest.config.json', JSON.stringify(config))
  const jest = [installedHere('jest/bin/jest.js'), '--config', 'jest.config.json', '--ci', '--runInBand']
  const ended = project.node(['--experimental-vm-modules', ...jest])
  st.equal(ended.status, 0, said(ended))
  st.match(ended.stderr, /Tests: +2 passed, 2 total/, 'one test from CommonJS, one from a module')
})

for (const pool of ['threads', 'forks']) {
  t.test(`Vitest, ${pool}`, async (st) => {
    const vitest = [installedHere('vitest/vitest.mjs'), 'run', '--root', 'vitest', '--globals', `--pool=${pool}`]
    const ended = project.node([...vitest, '--no-color', '--no-file-parallelism'])
    st.equal(ended.status, 0, said(ended))
    st.match(ended.stdout, /Tests +1 passed \(1\)/)
  })
}

t.test('an esbuild bundle with the package outside', async (st) => {
  for (const [format, file] of [
    ['cjs', 'dist/esbuild.cjs'],
    ['esm', 'dist/esbuild.mjs'],
  ] as const) {
    const options = {
      entryPoints: ['bundle.mjs'],
      bundle: true,
      platform: 'node',
      format,
      outfile: file,
      external: ['memfd-secret'],
    }
    const script = `require('${installedHere('esbuild')}').buildSync(${JSON.stringify(options)})`
    const built = project.node(['-e', script])
    st.equal(built.status, 0, built.stderr)
    st.equal(project.node([file]).stdout, `${TAG} true function\n`, format)
  }
})

t.test('a webpack bundle with the package outside', async (st) => {
  const options = {
    mode: 'production',
    target: 'node',
    context: project.folder,
    entry: './bundle.mjs',
    output: { path: join(project.folder, 'dist'), filename: 'webpack.cjs' },
    externals: { 'memfd-secret': 'commonjs memfd-secret' },
  }
  const script = `require('${installedHere('webpack')}')(${JSON.stringify(options)}, (error, stats) => {
    if (error) throw error
    process.stdout.write(stats.toString({ all: false, errors: true, warnings: true }))
  })`
  const built = project.node(['-e', script])
  st.equal(built.status, 0, built.stderr)
  st.equal(built.stdout, '', 'no error and no warning')
  st.equal(project.node(['dist/webpack.cjs']).stdout, `${TAG} true function\n`)
})
