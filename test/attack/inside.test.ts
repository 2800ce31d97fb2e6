import t from 'tap'
import { expectedOf } from '../../attack/expectations'
import { HOLDER_NAMES } from '../../attack/holders'
import { lacks } from '../demo/run-demo'
import { reportsOf, runAttacks } from './run-attacks'

const missing = lacks(process.getuid?.() ?? -1)
const QUICK = [
  'o-direct',
  'vmsplice',
  'io-uring-registered-buffer',
  'userfaultfd-move',
  'forked-child',
  'process-report',
  'console-log',
  'structured-clone',
]

t.test('from inside of the victim', { skip: missing !== null && `lacks ${missing}`, timeout: 240_000 }, async (t) => {
  const finished = await runAttacks(['--json', '--only', QUICK.join(',')])
  const [report] = reportsOf(finished)
  if (report === undefined) return void t.fail('no report')
  t.same(report.problems, [])
  t.equal(finished.status, 0)
  t.same(
    report.rows.map(({ name }) => name),
    QUICK,
  )
  for (const { name, control, cells } of report.rows) {
    // Such as io_uring, which a container may refuse, or a file system without O_DIRECT.
    if (control.verdict === 'impossible') {
      t.comment(`${name}: ${control.detail}, ${control.errno}`)
      continue
    }
    for (const holder of HOLDER_NAMES) t.equal(cells[holder].verdict, expectedOf(name, holder), `${name}, ${holder}`)
  }
  const refused = ['o-direct', 'vmsplice', 'io-uring-registered-buffer', 'forked-child']
  for (const { name, control, cells } of report.rows) {
    if (!refused.includes(name) || control.verdict === 'impossible') continue
    for (const holder of ['memfd_secret', 'sealed'] as const) {
      t.equal(cells[holder].errno, 'EFAULT', `${name}, ${holder}`)
      t.match(cells[holder].detail, /^(\d+) of \1 refused; 0 bytes came out/, `${name}, ${holder}: each page was tried`)
    }
  }
})
