import t from 'tap'
import { execFileSync, fork, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import type * as Package from '../../lib/index'
import { SecretBuffer, stats } from '../../lib/index'
import { collectUntil } from '../collect-garbage'

const CHILD = join(__dirname, '..', 'fixtures', 'child-with-secret.js')
const EXPECTED = { inherited: 0, text: 'of the child', secrets: 1 }

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

void t.test('children of fork, spawn and execFileSync have their own secrets and none of ours', async (t) => {
  using kept = SecretBuffer.from('of the parent')
  const forked = fork(CHILD, { timeout: 240_000 })
  t.match(await new Promise((resolve) => forked.once('message', resolve)), EXPECTED)
  const spawned = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 240_000 })
  let output = ''
  for await (const chunk of spawned.stdout) output += String(chunk)
  t.match(JSON.parse(output), EXPECTED)
  const inUse = kept.use(
    (bytes) => execFileSync(process.execPath, [CHILD], { timeout: 240_000 }).toString() + bytes.length,
  )
  t.match(JSON.parse(inUse.slice(0, -2)), EXPECTED, 'started inside a use')
  t.equal(kept.revealString(), 'of the parent')
})

void t.test('two copies of the package in one process work, and refuse the secrets of each other', async (t) => {
  const root = packageRoot()
  const copy = mkdtempSync(join(tmpdir(), 'memfd-secret-copy-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  const addon = join('build', 'Release', 'memfd_secret.node')
  mkdirSync(join(copy, 'build', 'Release'), { recursive: true })
  for (const name of ['package.json', 'dist', join('node_modules', 'node-gyp-build'), addon]) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  const other = createRequire(join(copy, 'index.js'))(copy) as typeof Package
  t.not(other.SecretBuffer, SecretBuffer)

  const ours = SecretBuffer.from('ours')
  const theirs = other.SecretBuffer.from('theirs') as unknown as SecretBuffer
  t.equal(theirs.revealString(), 'theirs')
  t.equal(theirs.backing, ours.backing)
  t.equal(stats().secrets, 1)
  t.equal(other.stats().secrets, 1)
  const refused: Record<string, () => unknown> = {
    from: () => SecretBuffer.from(theirs),
    concat: () => SecretBuffer.concat([ours, theirs]),
    set: () => ours.set(theirs),
    copyTo: () => ours.copyTo(theirs),
    equals: () => ours.equals(theirs),
    'the other way round': () => theirs.equals(ours),
    'a method of ours on theirs': () => SecretBuffer.prototype.revealString.call(theirs),
  }
  for (const [name, call] of Object.entries(refused)) {
    const error = t.throws(call, TypeError, name) as unknown as Error
    t.notMatch(String(error.stack), /theirs'|ours'/, `${name}: no byte in the message`)
  }
  t.equal(
    ours.use(() => theirs.revealString()),
    'theirs',
    'nested',
  )
  theirs.dispose()
  t.equal(ours.revealString(), 'ours')
  ours.dispose()
  t.ok(await collectUntil(() => stats().quarantinedBytes + other.stats().quarantinedBytes === 0))
})
