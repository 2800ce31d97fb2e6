import { AssertionError } from 'node:assert'
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assertNoCopies, type Copy } from '../../lib/audit'
import { SecretBuffer } from '../../lib/index'
import { packageRoot } from '../../lib/addon-file'
import { skip } from './here'

const root = packageRoot()
const folder = t.testdir({})
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'memfd-secret'), 'dir')

// Generous: a busy machine reads much memory slowly.
t.setTimeout(240_000)

t.test('no copy', { skip }, async (t) => {
  t.equal(await assertNoCopies(SecretBuffer.random(32)), undefined)
  await t.rejects(assertNoCopies('secret' as never), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(assertNoCopies(SecretBuffer.random(32), { encodings: [] }), { code: 'ERR_INVALID_ARG_VALUE' })
})

t.test('copies: where they are, never what', { skip }, async (t) => {
  const secret = SecretBuffer.random(32)
  const copy = secret.use((view) => Buffer.from(view))
  await assertNoCopies(secret, { encodings: ['hex', 'base64'] })
  const error: unknown = await assertNoCopies(secret).catch((thrown: unknown) => thrown)
  if (!(error instanceof AssertionError)) throw new Error('Expected an AssertionError')
  t.match(error, { code: 'ERR_ASSERTION', name: 'AssertionError', operator: 'assertNoCopies', generatedMessage: false })
  t.match(
    error.message,
    /^Expected no copy of the secret in ordinary memory but received 1:\n {2}0x[0-9a-f]+ raw malloc/,
  )
  const [{ address = '' } = {}] = error.actual as Copy[]
  t.ok(error.message.includes(address))
  t.strictSame(error.expected, [])
  const shown = JSON.stringify(error) + error.stack
  t.notOk(shown.includes(copy.toString('hex').slice(0, 8)) || shown.includes(copy.toString('base64').slice(0, 8)))
  t.strictSame(Object.keys((error.actual as Copy[])[0] ?? {}).sort(), ['address', 'encoding', 'kind', 'mapping'])
})

const BODY = `
  const clean = SecretBuffer.random(32)
  await assertNoCopies(clean)
  const copied = SecretBuffer.random(32)
  const copy = copied.use((view) => Buffer.from(view))
  let error
  try { await assertNoCopies(copied) } catch (thrown) { error = thrown }
  if (error?.name !== 'AssertionError') throw error ?? new Error('not found')
  copy.fill(0)
`
const FAILING = `
  const secret = SecretBuffer.random(32)
  globalThis.copy = secret.use((view) => Buffer.from(view))
  await assertNoCopies(secret)
`
const REQUIRES = `const { SecretBuffer } = require('memfd-secret')
const { assertNoCopies } = require('memfd-secret/audit')
`
const IMPORTS = `import { SecretBuffer } from 'memfd-secret'
import { assertNoCopies } from 'memfd-secret/audit'
`
const TESTS = `test('passes', async () => {${BODY}}, 30000)
test('fails', async () => {${FAILING}}, 30000)
`

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}

/** Runs a runner on a file with one test that passes and one that fails. */
function runner(args: readonly string[]): Promise<{ status: number; output: string }> {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  const options = { cwd: folder, timeout: 240_000, killSignal: 'SIGKILL', env: { ...env, CI: 'true' } } as const
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
    child.stdin?.end()
  })
}

const TOLD = /Expected no copy of the secret in ordinary memory but received 1/

t.test('node:test', { skip }, async (t) => {
  const file = write(
    'plain.test.js',
    `const test = require('node:test')\n${REQUIRES}${TESTS.replaceAll(', 30000', '')}`,
  )
  const { status, output } = await runner(['--test', file])
  t.equal(status, 1)
  t.match(output, /pass 1\b/)
  t.match(output, /fail 1\b/)
  t.match(output, TOLD)
})

t.test('Jest', { skip }, async (t) => {
  write('jest.config.json', JSON.stringify({ testMatch: ['**/jest.spec.js'], transform: {}, watchman: false }))
  write('jest.spec.js', REQUIRES + TESTS)
  const { status, output } = await runner([
    join(root, 'node_modules/jest/bin/jest.js'),
    '--ci',
    '--runInBand',
    '--no-cache',
  ])
  t.equal(status, 1)
  t.match(output, /Tests: +1 failed, 1 passed/)
  t.match(output, TOLD)
})

t.test('Vitest', { skip }, async (t) => {
  write('vitest.spec.mjs', `import { test } from 'vitest'\n${IMPORTS}${TESTS}`)
  symlinkSync(join(root, 'node_modules/vitest'), join(folder, 'node_modules/vitest'), 'dir')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { status, output } = await runner([
    vitest,
    'run',
    'vitest.spec.mjs',
    '--root',
    folder,
    '--pool=forks',
    '--no-color',
  ])
  t.equal(status, 1)
  t.match(output, /Tests +1 failed \| 1 passed/)
  t.match(output, TOLD)
})
