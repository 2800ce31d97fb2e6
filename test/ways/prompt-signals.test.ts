import { constants } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
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

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGSEGV', 'SIGALRM'] as const
t.test('signals that end the process: restored first', { timeout: 240_000 }, async (t) => {
  await Promise.all(
    SIGNALS.map(async (name) => {
      const session = await ask(t, 'answer')
      session.type('half a secr')
      session.signal(name)
      t.equal(await session.event('signal'), constants.signals[name], name)
      t.same(await session.modes(), RESTORED, name)
    }),
  )
})

t.test('Ctrl-C and Ctrl-\\ from the keyboard', { timeout: 240_000 }, async (t) => {
  for (const [key, name] of [
    ['\x03', 'SIGINT'],
    ['\x1c', 'SIGQUIT'],
  ] as const) {
    const session = await ask(t, 'answer')
    session.type(key)
    t.equal(await session.event('signal'), constants.signals[name], name)
    t.same(await session.modes(), RESTORED, name)
  }
})

t.test('Ctrl-Z: restored while stopped, silent again once continued', { timeout: 240_000 }, async (t) => {
  const session = await ask(t, 'answer')
  for (const stop of ['first', 'second']) {
    session.type('\x1a')
    t.equal(await session.event('stopped'), constants.signals.SIGTSTP, stop)
    t.same(await session.modes(), RESTORED, stop)
    session.signal('SIGCONT')
    await session.event('continued')
    await session.untilEcho(false)
  }
  session.type('typed later\n')
  await session.untilShown('took 11 bytes')
  t.notOk(session.shown.includes('typed later'))
  t.same(await session.modes(), RESTORED)
})

t.test(
  'a signal that the program handles, a shell that sets the echo: silent again',
  { timeout: 240_000 },
  async (t) => {
    const session = await ask(t, 'survive')
    session.signal('SIGUSR2')
    await session.untilShown('still here')
    await session.untilEcho(false)
    await session.turnEchoOn()
    await session.untilEcho(false)
    session.type('typed later\n')
    await session.untilShown('took 11 bytes')
    t.same(await session.modes(), RESTORED)
  },
)

t.test('process.exit, an uncaught throw, an unhandled rejection, an abort', { timeout: 240_000 }, async (t) => {
  const ends = [
    ['exit', 'exit', 7],
    ['throw', 'exit', 1],
    ['reject', 'exit', 1],
    ['end', 'signal', constants.signals.SIGABRT],
  ] as const
  await Promise.all(
    ends.map(async ([what, kind, number]) => {
      const session = await ask(t, what)
      session.signal('SIGUSR2')
      t.equal(await session.event(kind), number, what)
      t.same(await session.modes(), RESTORED, what)
    }),
  )
})
