import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digest, forms, scanFor } from '../support/holder'
import { TerminalSession } from '../support/terminal-session'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const SILENT = { echo: false, canonical: true }
const RESTORED = { echo: true, canonical: true }

async function ask(t: Test, what: string): Promise<TerminalSession> {
  const session = new TerminalSession(join(__dirname, '..', 'fixtures', 'asks-at-terminal.js'), [what])
  t.teardown(() => session.end())
  await session.untilShown('Passphrase: ')
  t.same(await session.modes(), SILENT, 'no echo while it waits')
  return session
}

t.test('a secret that is typed: not shown, not in memory, the terminal as before', { timeout: 240_000 }, async (t) => {
  const session = await ask(t, 'answer')
  const secret = Buffer.from(randomBytes(36).toString('base64url'))
  session.type(`${secret.toString()}\n`)
  await session.untilShown('took 48 bytes\r\n')
  t.same(await session.modes(), RESTORED)
  t.equal(session.shown, 'Passphrase: \r\ntook 48 bytes\r\n', 'the newline alone is shown')
  t.same(scanFor(session.pid, secret), [], 'after it was typed')
  session.signal('SIGUSR2')
  await session.untilShown(`sha256 ${digest(secret)}`)
  t.ok(
    ['raw', 'hex', 'base64'].every((form) => forms(scanFor(session.pid, secret)).includes(form)),
    'planted',
  )
})

t.test('one prompt after the other; the kernel edits the line', { timeout: 240_000 }, async (t) => {
  const session = await ask(t, 'twice')
  session.type('correct horsf\x7fe\n')
  await session.untilShown('Again: ')
  session.type('correct horse\n')
  await session.untilShown('the same: true')
  t.same(await session.modes(), RESTORED)
})

t.test('what it refuses', { timeout: 240_000 }, async (t) => {
  const long = await ask(t, 'short')
  long.type('123456789\n')
  await long.untilShown('error ERR_MEMFD_SECRET_TOO_LARGE')
  t.same(await long.modes(), RESTORED)
  const exact = await ask(t, 'short')
  exact.type('12345678\n')
  await exact.untilShown('took 8 bytes')
  for (const nothing of ['\n', '\x04']) {
    const empty = await ask(t, 'answer')
    empty.type(nothing)
    await empty.untilShown('error ERR_INVALID_ARG_VALUE')
    t.same(await empty.modes(), RESTORED)
  }
})

t.test('an abort: restored, half a line discarded, nothing left that reads', { timeout: 240_000 }, async (t) => {
  const session = await ask(t, 'abort')
  session.type('half a secr')
  session.signal('SIGUSR2')
  await session.untilShown('error no patience')
  t.same(await session.modes(), RESTORED)
  session.type('the next line\n')
  await session.untilShown('then "the next line\\n"')
  t.equal(await session.event('exit'), 3)
})
