import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { type AttackName, HOLDER_NAMES, type HolderName, type Outcome, type Verdict } from '../../demo/attack-names'
import type { HolderReport } from '../../demo/demonstration'
import { judge } from '../../demo/judgement'
import { parseOptions } from '../../demo/options'
import { wantsColour } from '../../attack/report/colour'
import { type Report, renderReport } from '../../demo/report'

type Verdicts = Partial<Record<AttackName, Verdict>>

const LEAKS: Verdicts = { mem: 'leaked', process_vm_readv: 'leaked', ptrace: 'leaked', 'injected-code': 'leaked' }
const HOLDS: Verdicts = { mem: 'refused', process_vm_readv: 'refused', ptrace: 'refused', 'injected-code': 'leaked' }

function outcomes(verdicts: Verdicts): Outcome[] {
  return (Object.entries(verdicts) as [AttackName, Verdict][]).map(([attack, verdict]) => ({
    attack,
    verdict,
    errno: verdict === 'impossible' ? 'EPERM' : null,
    detail: `of ${attack}`,
  }))
}

function holderReport(holder: HolderName, verdicts: Verdicts): HolderReport {
  const copies = { text: 0, prime: 0 }
  return {
    holder,
    backing: holder === 'buffer' ? 'Buffer' : holder,
    unavailable: null,
    warning: null,
    signatureVerified: { beforeAttacks: true, afterAttacks: true },
    copies: { afterReading: copies, afterSigning: copies, afterCollection: copies },
    attacks: outcomes(verdicts),
  }
}

function reports(changes: Partial<Record<HolderName, Verdicts>> = {}): [HolderReport, HolderReport, HolderReport] {
  const verdicts = { buffer: LEAKS, mlock: LEAKS, memfd_secret: HOLDS, ...changes }
  return [
    holderReport('buffer', verdicts.buffer),
    holderReport('mlock', verdicts.mlock),
    holderReport('memfd_secret', verdicts.memfd_secret),
  ]
}

t.test('shown: the Buffer leaks, secret memory leaks by injected code alone', async (t) => {
  t.match(judge(reports()), { status: 'shown', exitCode: 0, reasons: [/did not read it out/, /Injected code did/] })
  const withoutGdb = reports({ memfd_secret: { ...HOLDS, 'injected-code': 'impossible' } })
  withoutGdb[0].attacks = outcomes({ ...LEAKS, 'injected-code': 'impossible' })
  const judged = judge(withoutGdb)
  t.equal(judged.exitCode, 0)
  t.equal(judged.reasons.length, 1)
})

t.test('leaked: by any other attack, or by a copy that reading left', async (t) => {
  for (const attack of ['mem', 'process_vm_readv', 'ptrace', 'gcore', 'kernel-core', 'pidfd_getfd'] as const) {
    const judged = judge(reports({ memfd_secret: { ...HOLDS, [attack]: 'leaked' } }))
    t.match(judged, { status: 'leaked', exitCode: 1 }, attack)
  }
  const copied = reports()
  copied[2].copies = { afterReading: { text: 1, prime: 0 }, afterSigning: null, afterCollection: null }
  t.match(judge(copied), { status: 'leaked', exitCode: 1, reasons: [/left 1 of its text/] })
})

t.test('failed: an attacker that is blind cannot pass for protection', async (t) => {
  for (const attack of ['mem', 'process_vm_readv', 'ptrace', 'gcore', 'kernel-core', 'injected-code'] as const) {
    const judged = judge(reports({ buffer: { ...LEAKS, [attack]: 'absent' } }))
    t.match(judged, { status: 'failed', exitCode: 4, reasons: [/did not find the key in the ordinary Buffer/] }, attack)
  }
  t.match(judge(reports({ mlock: { ...LEAKS, ptrace: 'refused' } })), { status: 'failed', exitCode: 4 })
  t.match(judge(reports({ mlock: { ...LEAKS, 'kernel-core': 'absent' } })), { status: 'shown' }, 'DONTDUMP')
  t.match(judge(reports({ memfd_secret: { ...HOLDS, mem: 'impossible' } })), {
    status: 'failed',
    reasons: [/worked on the Buffer alone/],
  })
  for (const [index, holder] of HOLDER_NAMES.entries()) {
    for (const moment of ['beforeAttacks', 'afterAttacks'] as const) {
      const changed = reports()
      const signed = { beforeAttacks: true, afterAttacks: true }
      signed[moment] = false
      const report = changed[index]
      if (report !== undefined) report.signatureVerified = signed
      t.match(judge(changed), { status: 'failed', reasons: [/does not verify/] }, `${holder} ${moment}`)
    }
  }
})

t.test('not shown: no memfd_secret, or no right to attack', async (t) => {
  const lacking = reports({ memfd_secret: {} })
  lacking[2].unavailable = { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: 'none here', hint: 'Do this.' }
  t.match(judge(lacking), { status: 'not-shown', exitCode: 3, reasons: [/none here/, 'Do this.'] })

  const refused: Verdicts = { mem: 'impossible', process_vm_readv: 'impossible', ptrace: 'impossible' }
  const judged = judge(reports({ buffer: refused, mlock: refused, memfd_secret: refused }))
  t.match(judged, { status: 'not-shown', exitCode: 3, reasons: [/EPERM/, /run it as root/] })
  const dumpOnly = { ...refused, 'kernel-core': 'leaked' } as const
  const spared = { ...refused, 'kernel-core': 'absent' } as const
  t.match(judge(reports({ buffer: dumpOnly, mlock: spared, memfd_secret: spared })), { status: 'not-shown' })
  const nothing = { pidfd_getfd: 'absent' } as const
  t.match(judge(reports({ buffer: nothing, mlock: nothing, memfd_secret: nothing })), { status: 'not-shown' })
})

t.test('colours: only on a terminal, unless NO_COLOR is set and not empty', async (t) => {
  t.equal(wantsColour(true, {}), true)
  t.equal(wantsColour(true, { NO_COLOR: '' }), true)
  t.equal(wantsColour(true, { NO_COLOR: '1' }), false)
  t.equal(wantsColour(true, { TERM: 'dumb' }), false)
  t.equal(wantsColour(false, {}), false)

  const holders = reports()
  const attacker = { uid: 0, root: true }
  const key = { description: 'RSA', byteLength: 1704 }
  const report: Report = { kernel: '6.18', node: 'v20', attacker, key, holders, result: judge(holders) }
  const plain = renderReport(report, false)
  t.notOk(plain.includes('\u001b'))
  t.ok(renderReport(report, true).includes('\u001b[31mLEAKED'))
  t.equal(stripVTControlCharacters(renderReport(report, true)), plain, 'the same text')
  t.match(plain, /\/proc\/PID\/mem +LEAKED +LEAKED +refused\n/)
  t.match(plain, /injected code: gdb calls write\(2\) +LEAKED +LEAKED +LEAKED\n/)
  t.ok(plain.split('\n').every((line) => line.length <= 120 && line === line.trimEnd()))
})

t.test('options', async (t) => {
  t.match(parseOptions([]), { json: false, help: false, leaveDescriptorOpen: false })
  t.same(parseOptions(['--attacks', 'ptrace,mem']).attacks, ['mem', 'ptrace'], 'in the order of the table')
  t.throws(() => parseOptions(['--attacks', 'mem,']), { message: /for --attacks but received 'mem,'/ })
  t.throws(() => parseOptions(['--nope']), { message: /--nope/ })
})
