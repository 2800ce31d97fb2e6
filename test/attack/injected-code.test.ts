import { spawnSync } from 'node:child_process'
import t from 'tap'
import { lacks } from '../demo/run-demo'
import { reportsOf, runAttacks, verdictsOf } from './run-attacks'

const gdb = spawnSync('gdb', ['--version'], { stdio: 'ignore' }).status === 0
const missing = lacks(process.getuid?.() ?? -1) ?? (gdb ? null : 'gdb')

const closed = 'a seal holds against injected code that does not open it, and against no other'
t.test(closed, { skip: missing !== null && `lacks ${missing}`, timeout: 240_000 }, async (t) => {
  const finished = await runAttacks(['--json', '--only', 'injected-write,injected-reopen-and-write'])
  const [report] = reportsOf(finished)
  if (report === undefined) return void t.fail('no report')
  t.same(report.problems, [])
  t.equal(finished.status, 0)
  const open = { malloc: 'leaks', mlock: 'leaks', sodium_malloc: 'leaks', memfd_secret: 'leaks' }
  t.same(verdictsOf(report, 'injected-write'), { ...open, sealed: 'safe' })
  t.same(verdictsOf(report, 'injected-reopen-and-write'), { ...open, sealed: 'leaks' })
  const [write] = report.rows
  t.equal(write?.cells.sealed.errno, 'EFAULT')
  t.match(write?.cells.sealed.detail, /^[1-9]\d* of \d+ refused/, 'the mapping where it rests')
})
