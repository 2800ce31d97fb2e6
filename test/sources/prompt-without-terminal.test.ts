import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { prompt } from '../../lib/sources'

const FIXTURE = join(__dirname, '..', 'fixtures', 'asks-without-terminal.js')

/** detached: a session of its own, without a controlling terminal. */
async function run(args: string[], input: string): Promise<string> {
  const child = spawn(process.execPath, [FIXTURE, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [shown, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  t.equal(code, 0, said)
  t.equal(said, '', 'no message where nobody sees it')
  return shown
}

t.test('refuses without a terminal', async (t) => {
  t.equal(await run([], 'secret\n'), 'ERR_MEMFD_SECRET_UNAVAILABLE')
})

t.test('reads a line of standard input where that is asked for, and no more', async (t) => {
  t.equal(await run(['stdin'], 'one\ntwo\r\nthree'), 'one|two|three|ERR_INVALID_ARG_VALUE')
})

t.test('arguments', async (t) => {
  await t.rejects(prompt(1 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(prompt('', { stdin: 1 as unknown as boolean }), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.rejects(prompt('', { maxBytes: 0 }), { code: 'ERR_OUT_OF_RANGE' })
  const reason = new Error('changed my mind')
  await t.rejects(prompt('', { signal: AbortSignal.abort(reason) }), reason)
})
