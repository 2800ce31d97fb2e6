import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { type Ended, run } from '../api/run-child'
import { ordinaryUser } from '../detection/refusing'
import { skip } from './here'

const cli = join(packageRoot(), 'out/lib/cli/main.js')
const folder = t.testdir({})
const user = ordinaryUser()
const root = process.getuid?.() === 0

function audit(
  args: readonly string[],
  input: string | Uint8Array = '',
  launcher: readonly string[] = [],
): Promise<Ended> {
  return run([...launcher, process.execPath, cli, 'audit', ...args], { input })
}

/** A process that holds a secret until the test is over. */
async function holder(test: { teardown(act: () => void): void }, ...args: string[]): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [join(__dirname, 'fixtures/holder.js'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 240_000,
  })
  test.teardown(() => child.stdin?.end())
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve)
    child.once('error', reject)
    child.once('exit', () => reject(new Error('Expected a process that lives')))
  })
  return String(child.pid)
}

/** Whether the text shows any five bytes of the secret, as they are or in hex or base64. */
function shows(text: string, secret: Buffer): boolean {
  const parts = [secret.toString('latin1'), secret.toString('hex'), secret.toString('base64')]
  return parts.some((part) => text.includes(part.slice(0, 10)))
}

// Generous: a busy machine reads much memory slowly.
t.setTimeout(240_000)

t.test('a service that holds copies', { skip }, async (t) => {
  const secret = randomBytes(32)
  const pid = await holder(t, secret.toString('hex'), 'buffer')
  const file = join(folder, 'secret')
  writeFileSync(file, secret)
  const text = await audit(['--pid', pid, '--secret-from', file])
  t.equal(text.status, 1, text.stderr)
  t.match(text.stdout, /^Found \d+ copies of the secret in process \d+: [\d.]+ MB read\n/)
  t.match(text.stdout, /0x[0-9a-f]+ raw +malloc/)
  t.match(text.stdout, /0x[0-9a-f]+ hex +stack .*\[stack\]/, 'the argument that it was started with')
  t.notOk(shows(text.stdout + text.stderr, secret))

  const json = await audit(['--pid', pid, '--secret-from', 'stdin', '--json'], secret)
  t.equal(json.status, 1)
  const report = JSON.parse(json.stdout) as { copies: { encoding: string; kind: string }[] }
  t.match(report, { schemaVersion: 1, pid: Number(pid), encodings: ['raw', 'reversed', 'hex', 'base64'] })
  t.ok(report.copies.some(({ encoding, kind }) => encoding === 'raw' && kind === 'malloc'))
  t.notOk(shows(json.stdout, secret))

  const hex = await audit(['--pid', pid, '--secret-from', 'stdin', '--decode', 'hex'], `${secret.toString('hex')}\n`)
  t.equal(hex.status, 1)
  t.match(hex.stdout, / raw +malloc/)
  t.notOk(shows(hex.stdout, secret))
})

t.test('a service that holds none', { skip }, async (t) => {
  const pid = await holder(t, 'none', 'nothing')
  const secret = randomBytes(32)
  const text = await audit(['--pid', pid, '--secret-from', 'stdin'], secret)
  t.match(text, {
    status: 0,
    stdout: /^No copy of the secret that can be read in process \d+: [\d.]+ MB read\n$/,
  })
  const json = await audit(['--pid', pid, '--secret-from', 'stdin', '--json'], secret)
  t.equal(json.status, 0)
  t.match(JSON.parse(json.stdout), { copies: [], pid: Number(pid) })
})

t.test('wrong usage', async (t) => {
  const secret = 'a secret word'
  const pid = String(process.pid)
  const wrong: [string[], RegExp][] = [
    [[], /--pid/],
    [['--pid', '0', '--secret-from', 'stdin'], /--pid/],
    [['--pid', 'self', '--secret-from', 'stdin'], /--pid/],
    [['--pid', '99999999999', '--secret-from', 'stdin'], /--pid/],
    [['--pid', pid], /--secret-from/],
    [['--pid', pid, '--secret-from', ''], /--secret-from/],
    [['--pid', pid, '--secret-from', join(folder, 'missing')], /ENOENT/],
    [['--pid', pid, '--secret-from', folder], /EISDIR/],
    [['--pid', pid, '--secret-from', 'stdin', '--decode', 'rot13'], /--decode/],
    [['--pid', pid, '--secret-from', 'stdin', '--decode', 'hex'], /Expected .* but received/],
    [['--pid', pid, '--secret-from', 'stdin', '--secret', secret], /--secret/],
    [['--pid', pid, '--secret-from', 'stdin', secret], /another argument/],
  ]
  for (const [args, message] of wrong) {
    const ended = await audit(args, secret)
    t.match(ended, { status: 2, stdout: '', stderr: message }, args.join(' '))
    t.notMatch(ended.stderr, secret)
  }
  t.match(await audit(['--help']), { status: 0, stdout: /Exit status: 0 no copy found/ })
})

t.test('secrets that cannot be looked for', { skip }, async (t) => {
  const pid = String(process.pid)
  t.match(await audit(['--pid', pid, '--secret-from', 'stdin'], 'short\n'), { status: 2, stderr: /at least 8 bytes/ })
  t.match(await audit(['--pid', pid, '--secret-from', 'stdin'], ''), { status: 2, stderr: /Expected/ })
})

t.test('no such process', { skip }, async (t) => {
  // Above the highest that a kernel gives (proc(5), /proc/sys/kernel/pid_max).
  const ended = await audit(['--pid', '4194305', '--secret-from', 'stdin'], randomBytes(16))
  t.match(ended, { status: 2, stdout: '', stderr: /Expected the id of a running process/ })
})

t.test('not permitted', { skip: skip || ((!root || user === null) && 'needs root') }, async (t) => {
  const pid = await holder(t, 'none', 'nothing')
  const ended = await audit(['--pid', pid, '--secret-from', 'stdin'], randomBytes(16), user ?? [])
  t.match(ended, { status: 3, stdout: '', stderr: /Expected the right to read process/ })
})
