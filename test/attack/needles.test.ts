import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import t from 'tap'
import { makeNeedles } from '../../attack/needles'

const folder = mkdtempSync(join(tmpdir(), 'attack-test-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const secret = randomBytes(32)
const needles = makeNeedles(secret, folder)
const formsIn = (haystack: string | Buffer): string[] =>
  needles.filter(({ bytes }) => Buffer.from(haystack as string, 'latin1').includes(bytes)).map(({ form }) => form)

t.test('a secret is found in each form in which tools show it', async (t) => {
  const around = (middle: Buffer) => Buffer.concat([randomBytes(100), middle, randomBytes(100)])
  t.same(formsIn(around(secret)), ['raw'])
  t.same(formsIn(around(Buffer.from(secret).reverse())), ['reversed'])
  t.same(formsIn(serialize({ deep: [secret] })), ['raw'])
  t.same(formsIn(secret.toString('hex')).includes('hex'), true)
  t.same(formsIn(secret.toString('hex').toUpperCase()).includes('upper-case hex'), true)
  t.same(formsIn(inspect({ secret })), ['hex, spaced'])
  t.same(formsIn(format('%o', secret)).includes('hex, spaced'), true)
  t.ok(formsIn(secret.toString('base64')).includes('base64'))
  t.ok(formsIn(secret.toString('base64url')).includes('base64url'))
  t.same(formsIn(JSON.stringify(secret)), ['decimal'])
  t.same(formsIn(`[${secret.join(', ')}]`), ['decimal, spaced'])
})

t.test('another one is not', async (t) => {
  const other = randomBytes(32)
  const shown = [inspect(other), other.toString('hex'), other.toString('base64'), JSON.stringify(other)].join('\n')
  t.same(formsIn(shown), [])
  t.same(formsIn(secret.subarray(0, 31)), [], 'all but one byte is no hit')
})

t.test('needles are for the owner alone, and long enough for the attacker program', async (t) => {
  for (const { path, bytes } of needles) {
    t.equal(statSync(path).mode & 0o777, 0o600)
    t.ok(bytes.byteLength >= 16)
  }
})
