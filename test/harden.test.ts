import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import t from 'tap'
import { evaluate, has, ordinaryUser, plainEnvironment } from './detection/refusing'
import type { Support } from '../lib/index'

const skip = process.platform === 'linux' ? false : 'harden() changes Linux processes alone'
const library = resolve(__dirname, '../lib/index.js')

interface Hardened {
  before: Support['process']
  applied: Record<string, boolean>
  after: Support['process']
}

const HARDEN = `
  const before = lib.probe().process
  const applied = lib.harden()
  answer({ before, applied, after: lib.probe().process })`

t.test('applies all three, and probe() shows it', { skip }, async (t) => {
  const launchers = [['prlimit', '--core=1048576:1048576']]
  const { before, applied, after } = evaluate<Hardened>(HARDEN, { launchers })
  t.match(before, { dumpable: true, coreLimit: 1_048_576, inspector: true })
  t.same(applied, { coreLimit: true, dumpable: true, inspectorSignal: true })
  t.match(after, { dumpable: false, coreLimit: 0, inspector: false })
})

t.test(
  'as an ordinary user, to whom /proc/self then belongs no more',
  { skip: skip || ordinaryUser() === null },
  async (t) => {
    const launchers = [['prlimit', '--core=1048576:1048576'], ordinaryUser() ?? []]
    const { applied, after } = evaluate<Hardened>(HARDEN, { launchers })
    t.same(applied, { coreLimit: true, dumpable: true, inspectorSignal: true })
    t.match(after, { dumpable: false, coreLimit: 0, inspector: false }, 'what probe() reads stays readable')
    const environ = evaluate<string | null>(
      `lib.harden(); answer(codeOf(() => require('node:fs').readFileSync('/proc/self/mem')))`,
      { launchers },
    )
    t.equal(environ, launchers[1]?.includes('--clear-groups') === true ? 'EACCES' : environ)
  },
)

t.test('children inherit the core limit, hard too: no process of the service can raise it', { skip }, async (t) => {
  const limits = evaluate<string>(
    `lib.harden(); answer(require('node:child_process').execFileSync('/bin/sh', ['-c', 'ulimit -Hc']).toString().trim())`,
  )
  t.equal(limits, '0')
})

/** A child that says "ready" and then waits; what it wrote, and how SIGUSR1 left it. */
async function signalled(script: string): Promise<{ stderr: string; alive: boolean }> {
  const child = spawn(process.execPath, ['--inspect-port=0', '-e', script], {
    env: plainEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child.stdout, 'data')
  child.kill('SIGUSR1')
  // Node opens the inspector from a thread of its own; a child that writes again has handled the signal before.
  if (script.includes('listening')) await once(child.stderr, 'data')
  child.stdin.write('again\n')
  await once(child.stdout, 'data')
  const alive = child.exitCode === null && child.signalCode === null
  child.stdin.end()
  await once(child, 'close')
  return { stderr, alive }
}

const WAIT = `process.stdin.on('data', () => setTimeout(() => process.stdout.write('pong'), 200)); process.stdout.write('ready');`

t.test('SIGUSR1 opens no inspector, and does not end the process', { skip, timeout: 240_000 }, async (t) => {
  const opened = await signalled(`/* listening */ ${WAIT}`)
  t.match(opened.stderr, /Debugger listening/, 'without harden() it does')
  const hardened = await signalled(`require(${JSON.stringify(library)}).harden(); ${WAIT}`)
  t.equal(hardened.stderr, '')
  t.equal(hardened.alive, true)
})

t.test("a program's own SIGUSR1 listener stays", { skip, timeout: 240_000 }, async (t) => {
  const script = `process.on('SIGUSR1', () => process.stderr.write('rotated')); require(${JSON.stringify(library)}).harden(); /* listening */ ${WAIT}`
  const { stderr, alive } = await signalled(script)
  t.equal(stderr, 'rotated')
  t.equal(alive, true)
})

t.test('a worker cannot say what the main thread listens to', { skip }, async (t) => {
  const applied = evaluate<Record<string, boolean>>(`
    const { Worker } = require('node:worker_threads')
    const source = 'const { parentPort } = require("node:worker_threads"); parentPort.postMessage(require(' + ${JSON.stringify(JSON.stringify(library))} + ').harden())'
    new Worker(source, { eval: true }).once('message', answer)`)
  t.same(applied, { coreLimit: true, dumpable: true, inspectorSignal: false })
})

t.test(
  'a debugger of the same user is refused',
  { skip: skip || ordinaryUser() === null || !has('strace') },
  async (t) => {
    const attach = (first: string, timeout: number) =>
      evaluate<number | null>(
        `${first}; const { spawnSync } = require('node:child_process')
      answer(spawnSync('strace', ['-p', String(process.pid), '-o', '/dev/null', '-e', 'trace=none', '-qq'], { timeout: ${timeout} }).status)`,
        { launchers: [ordinaryUser() ?? []] },
      )
    // Attached, strace runs until its time is up; refused, it ends at once. Yama may refuse it anyway.
    if (attach('', 700) !== null) return void t.pass('ptrace is refused to this user without harden() too')
    t.equal(attach('lib.harden()', 60_000), 1)
  },
)
