import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { credential, credentialSync } from '../../lib/sources'

const folder = mkdtempSync(join(tmpdir(), 'credentials-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const directory = join(folder, 'inside')
mkdirSync(join(directory, 'folder'), { recursive: true })
writeFileSync(join(folder, 'outside'), 'not yours')
writeFileSync(join(directory, 'db.password'), 'c3dvcmRmaXNo\n')
symlinkSync('../outside', join(directory, 'link'))
symlinkSync('db.password', join(directory, 'inner-link'))
process.env['CREDENTIALS_DIRECTORY'] = directory

async function both(t: Test, name: unknown, expected: { code: string; message?: RegExp }): Promise<void> {
  t.throws(() => credentialSync(name as string), expected, JSON.stringify(name))
  await t.rejects(credential(name as string), expected, JSON.stringify(name))
}

t.test('a credential of this unit', async (t) => {
  const options = { decode: 'base64', trimNewline: true } as const
  t.equal((await credential('db.password', options)).revealString(), 'swordfish')
  t.equal(credentialSync('db.password', options).revealString(), 'swordfish')
  t.throws(() => credentialSync('db.password', { maxBytes: 5 }), { code: 'ERR_MEMFD_SECRET_TOO_LARGE' })
})

t.test('a name cannot leave the directory', async (t) => {
  const value = { code: 'ERR_INVALID_ARG_VALUE' }
  for (const name of ['', '.', '..', '../outside', 'folder/../../outside', '/etc/passwd', 'a\0b', './db.password']) {
    await both(t, name, value)
  }
  for (const name of [5, null, Buffer.from('x')]) await both(t, name, { code: 'ERR_INVALID_ARG_TYPE' })
  for (const name of ['link', 'inner-link']) await both(t, name, { code: 'ELOOP' })
  await both(t, 'folder', value)
  await both(t, 'none', { code: 'ENOENT' })
})

t.test('what lies there and is no file does not make it wait', { skip: process.platform === 'win32' }, async (t) => {
  execFileSync('mkfifo', [join(directory, 'fifo')])
  await both(t, 'fifo', { code: 'ERR_INVALID_ARG_VALUE' })
})

t.test('without a directory', async (t) => {
  for (const path of [undefined, '', 'relative']) {
    if (path === undefined) delete process.env['CREDENTIALS_DIRECTORY']
    else process.env['CREDENTIALS_DIRECTORY'] = path
    await both(t, 'db.password', { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: /LoadCredential=/ })
  }
})
