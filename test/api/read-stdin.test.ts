import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { answerOf, child, has, LINUX, ROOT, run, runNode } from './run-child'
import { thrownBy } from './thrown'

interface Answer {
  length?: number
  hex?: string
  code?: string
}

const read = child('read-stdin')

t.test('stdin of a child: a pipe', async (t) => {
  for (const kind of ['sync', 'async']) {
    const short = await runNode([read, '{}', kind], { input: 'a secret' })
    t.same(answerOf<Answer>(short), { length: 8, hex: Buffer.from('a secret').toString('hex') }, kind)
    const long = await runNode([read, '{}', kind], { input: Buffer.alloc(300_000, 'x') })
    t.equal(answerOf<Answer>(long).length, 300_000, `${kind}: over the size of a pipe`)
  }
  const options = JSON.stringify({ decode: 'base64', trimNewline: true })
  const encoded = await runNode([read, options], { input: 'aGk=\r\n' })
  t.same(answerOf<Answer>(encoded), { length: 2, hex: '6869' })
  const tooLong = await runNode([read, '{"maxBytes":7}'], { input: 'a secret' })
  t.equal(answerOf<Answer>(tooLong).code, 'ERR_MEMFD_SECRET_TOO_LARGE')
  const nothing = await runNode([read], { input: '' })
  t.equal(answerOf<Answer>(nothing).code, 'ERR_INVALID_ARG_VALUE')
})

t.test('a pipe in non-blocking mode is waited for', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const folder = t.testdir({})
  execFileSync('mkfifo', [join(folder, 'fifo')])
  const descriptor = openSync(join(folder, 'fifo'), 'rs+')
  closeSync(descriptor)
  // The end that the child inherits is non-blocking: its flag belongs to the open file, not to the descriptor.
  const script =
    'const { openSync, constants } = require("node:fs"); const { spawn } = require("node:child_process");' +
    'const [, fifo, program] = process.argv;' +
    'const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);' +
    'const writer = openSync(fifo, constants.O_WRONLY);' +
    'const child = spawn(process.execPath, [program], { stdio: [reader, "inherit", "inherit"] });' +
    'setTimeout(() => { require("node:fs").writeSync(writer, "late"); require("node:fs").closeSync(writer) }, 300)'
  const ended = await runNode(['-e', script, join(folder, 'fifo'), read])
  t.same(answerOf<Answer>(ended), { length: 4, hex: Buffer.from('late').toString('hex') })
})

const needs = !ROOT || !has('setpriv') ? 'needs root and setpriv' : false
t.test('a file without the right to read it: EACCES with the path', { skip: needs }, async (t) => {
  const folder = t.testdir({})
  const name = join(folder, 'private')
  writeFileSync(name, 'x', { mode: 0o600 })
  const code = `
    const { SecretBuffer } = require(${JSON.stringify(join(__dirname, '../../lib/secret-buffer'))})
    const report = ({ code, path, syscall }) => ({ code, path, syscall })
    const errors = []
    try { SecretBuffer.fromFileSync(process.argv[1]) } catch (error) { errors.push(report(error)) }
    SecretBuffer.fromFile(process.argv[1]).catch((error) => {
      errors.push(report(error))
      console.log(JSON.stringify(errors))
    })`
  // No user id but root can be sure to reach the folder: root without its privileges cannot read the file either.
  writeFileSync(name, 'x', { mode: 0o000 })
  execFileSync('chmod', ['000', name])
  const dropped = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs']
  const ended = await run([...dropped, process.execPath, '-e', code, name])
  const expected = { code: 'EACCES', path: name, syscall: 'open' }
  t.same(answerOf(ended), [expected, expected])
  execFileSync('chmod', ['600', name])
})

t.test('a descriptor that cannot be read', async (t) => {
  const name = join(t.testdir({}), 'write-only')
  const descriptor = openSync(name, 'w')
  t.equal(thrownBy(() => SecretBuffer.fromFileSync(descriptor)).code, 'EBADF')
  closeSync(descriptor)
})
