import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { lacks } from '../demo/run-demo'
import { reportsOf, runAttacks, SUITE, verdictsOf } from './run-attacks'
import { ATTACKER, runProgram } from '../demo/run-demo'

const ROOT = process.getuid?.() === 0
const missing = lacks(process.getuid?.() ?? -1)
const QUICK = ['proc-mem-read', 'process-vm-writev', 'ptrace-poke', 'pidfd-getfd']

const asRun = 'another process, with the rights of this one'
t.test(asRun, { skip: missing !== null && `lacks ${missing}`, timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'attack-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'results.json')
  const only = [...QUICK, 'bpf-probe-read-user'].join(',')
  const env = { ...process.env, TMPDIR: folder }
  const finished = await runProgram(process.execPath, [SUITE, '--json', file, '--only', only], env)
  t.same(readdirSync(folder), ['results.json'], 'the secret and the files of the attacks are gone')
  const [report] = reportsOf({ ...finished, stdout: readFileSync(file, 'utf8') })
  if (report === undefined) return void t.fail('no report')
  t.same(report.problems, [])
  t.equal(finished.status, 0)
  t.match(finished.stderr, /^ 1 of 5 {2}proc-mem-read: LEAKS/m, 'progress')
  t.match(finished.stdout, /^\/proc\/PID\/mem, read +LEAKS +LEAKS +LEAKS +safe, EIO +safe, EIO$/m)
  t.notOk(finished.stdout.includes('\u001b'), 'no colours where stdout is no terminal')

  const open = { malloc: 'leaks', mlock: 'leaks', sodium_malloc: 'leaks' }
  for (const name of ['proc-mem-read', 'process-vm-writev', 'ptrace-poke'])
    t.same(verdictsOf(report, name), { ...open, memfd_secret: 'safe', sealed: 'safe' }, name)
  const descriptors = report.rows.find(({ name }) => name === 'pidfd-getfd')
  t.equal(descriptors?.control.verdict, 'leaks', 'a descriptor that is left open is taken')
  t.match(descriptors?.cells.memfd_secret.detail, /taken, 0 of them of memfd_secret/)
  const bpf = report.rows.find(({ name }) => name === 'bpf-probe-read-user')
  if (bpf?.control.verdict === 'impossible') return void t.comment(`no BPF here: ${bpf.control.detail}`)
  t.same(verdictsOf(report, 'bpf-probe-read-user'), { ...open, memfd_secret: 'leaks', sealed: 'safe' })
  t.match(bpf?.cells.sealed.detail, /^[1-9]\d* of \d+ refused/, 'the pages where it rests')
})

t.test('the same user, without privileges', { skip: !ROOT && 'needs root', timeout: 240_000 }, async (t) => {
  const lacking = lacks(1)
  if (lacking !== null) return void t.comment(`lacks ${lacking}`)
  const finished = await runAttacks(['--as', 'user', '--json', '--only', 'process-vm-readv,bpf-probe-read-user'])
  const [report] = reportsOf(finished)
  if (report === undefined) return void t.fail('no report')
  t.same(report.problems, [])
  t.equal(finished.status, 0)
  t.equal(report.attacker.root, false)
  t.ok(report.attacker.uid >= 1_000_000)
  // CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, for a clone that only root can reach.
  t.ok(['0', '6'].includes(report.attacker.capabilities), report.attacker.capabilities)
  t.match(verdictsOf(report, 'process-vm-readv'), { malloc: 'leaks', memfd_secret: 'safe' })
  t.match(verdictsOf(report, 'bpf-probe-read-user'), { malloc: 'impossible', sealed: 'impossible' })
})

t.test(
  'a machine without memfd_secret: says so, status 1',
  { skip: missing !== null && `lacks ${missing}` },
  async (t) => {
    const finished = await runAttacks(['--json', '--only', 'process-vm-readv'], [ATTACKER, 'refuse-memfd-secret', '--'])
    t.equal(finished.status, 1)
    const [report] = reportsOf(finished)
    t.match(report?.problems, [/^memfd_secret is not to be had/, /^sealed is not to be had/])
    t.match(report === undefined ? null : verdictsOf(report, 'process-vm-readv'), {
      malloc: 'leaks',
      mlock: 'leaks',
      memfd_secret: 'unavailable',
      sealed: 'unavailable',
    })
  },
)
