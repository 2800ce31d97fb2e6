import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ATTACKER, DEMO, lacks, parseReport, runDemo, runProgram, verdictOf } from './run-demo'

const OTHER_USER = 61007
const WITHOUT_GDB = 'mem,process_vm_readv,ptrace,pidfd_getfd,kernel-core'
const ROOT = process.getuid?.() === 0
const LINUX = process.platform === 'linux'
const missing = lacks(process.getuid?.() ?? -1)

const leaky = 'a victim that leaves the descriptor open ends the run with status 1'
t.test(leaky, { skip: missing !== null && `lacks ${missing}` }, async (t) => {
  const finished = await runDemo(['--json', '--leave-descriptor-open', '--attacks', 'mem,pidfd_getfd'])
  t.equal(finished.status, 1)
  const report = parseReport(finished)
  t.equal(report.result.status, 'leaked')
  t.match(report.result.reasons[0], /pidfd_getfd/)
  t.equal(verdictOf(report, 'memfd_secret', 'pidfd_getfd'), 'leaked')
  t.equal(verdictOf(report, 'memfd_secret', 'mem'), 'refused', 'the kernel refuses the rest all the same')
})

t.test('a machine without memfd_secret: says so, status 3', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const launcher = [ATTACKER, 'refuse-memfd-secret', '--']
  const json = await runDemo(['--json', '--attacks', 'process_vm_readv'], launcher)
  t.equal(json.status, 3)
  const report = parseReport(json)
  t.equal(report.result.status, 'not-shown')
  t.match(report.result.reasons[0], /does not give memfd_secret memory.*ERR_MEMFD_SECRET_UNAVAILABLE/)
  const secret = report.holders.find(({ holder }) => holder === 'memfd_secret')
  t.equal(secret?.unavailable?.code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.same(secret?.attacks, [])

  const text = await runDemo(['--attacks', 'process_vm_readv'], launcher)
  t.equal(text.status, 3)
  t.match(text.stdout, /Nothing shown\.\n {2}This machine does not give memfd_secret memory/)
  t.match(text.stdout, /no such memory here/)
  t.notOk(text.stdout.includes('\u001b'), 'no colours where stdout is no terminal')
})

// The two capabilities are for reaching a clone in a folder of root's; none of them gives a right over processes.
t.test('an unprivileged attacker of the same user', { skip: !ROOT && 'needs root' }, async (t) => {
  const lacking = lacks(OTHER_USER)
  const user = [`--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, '--clear-groups']
  const reach = ['--inh-caps', '--ambient-caps'].map((set) => `${set}=-all,+dac_override,+dac_read_search`)
  const finished = await runDemo(['--json', '--attacks', WITHOUT_GDB], ['setpriv', ...user, ...reach])
  const report = parseReport(finished)
  t.same(report.attacker, { uid: OTHER_USER, root: false })
  t.equal(finished.status, lacking === null ? 0 : 3, report.result.reasons.join(' '))
  if (lacking !== null) return
  for (const attack of ['mem', 'process_vm_readv', 'ptrace'] as const) {
    t.equal(verdictOf(report, 'buffer', attack), 'leaked', `${attack} reads the Buffer`)
    t.equal(verdictOf(report, 'memfd_secret', attack), 'refused', `${attack} is refused secret memory`)
  }
})

t.test('without gdb its rows say so', { skip: missing !== null && `lacks ${missing}` }, async (t) => {
  const env = { ...process.env, PATH: '/nonexistent' }
  const finished = await runProgram(process.execPath, [DEMO, '--json', '--attacks', 'mem,gcore,injected-code'], env)
  t.equal(finished.status, 0)
  for (const { attacks } of parseReport(finished).holders) {
    const byGdb = attacks.filter(({ attack }) => attack !== 'mem')
    t.equal(byGdb.length, 2)
    t.ok(byGdb.every(({ verdict, detail }) => verdict === 'impossible' && detail === 'gdb is not installed'))
  }
})

t.test('wrong arguments: status 2, and what was expected', async (t) => {
  for (const args of [['--attacks', 'mem,rowhammer'], ['--attacks', ''], ['--attacks'], ['--fast'], ['extra']]) {
    const finished = await runDemo(args)
    t.equal(finished.status, 2, args.join(' '))
    t.match(finished.stderr, /usage: npm start/)
    t.equal(finished.stdout, '')
  }
  const help = await runDemo(['--help'])
  t.equal(help.status, 0)
  t.match(help.stdout, /Exit status:/)
})

t.test('a run that is ended leaves no key file', { skip: !LINUX && 'needs Linux' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, [DEMO, '--attacks', 'mem'], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
  // The first line comes once the key is made.
  await once(child.stdout, 'data')
  const made = readdirSync(folder)
  t.equal(made.length, 1)
  t.ok(existsSync(join(folder, made[0] ?? '', 'key.pem')), 'the key file was there')
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  t.equal(code, 128 + 15)
  t.same(readdirSync(folder), [])
})
