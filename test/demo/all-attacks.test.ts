import { readdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ATTACK_NAMES, HOLDER_NAMES } from '../../demo/attack-names'
import { DEMO, lacks, parseReport, runProgram, verdictOf } from './run-demo'

// One run of all there is, gdb too where it is installed. On a machine that lacks something the run says so, and that is
// looked at instead: refusals.test.ts brings it about.
t.test('every attack on every holder', { timeout: 870_000 }, async (t) => {
  const missing = lacks(process.getuid?.() ?? -1)
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const finished = await runProgram(process.execPath, [DEMO, '--json'], { ...process.env, TMPDIR: folder })
  t.same(readdirSync(folder), [], 'the key file and the dumps are gone')
  if (missing !== null) {
    t.equal(finished.status, 3, `no ${missing}: nothing can be shown`)
    return
  }

  t.equal(finished.stderr, '')
  t.equal(finished.status, 0)
  const report = parseReport(finished)
  t.equal(report.result.status, 'shown', report.result.reasons.join(' '))
  t.equal(report.result.exitCode, 0)
  t.equal(report.attacker.uid, process.getuid?.())
  t.match(report.key.description, /PKCS#8 PEM/)

  t.same(
    report.holders.map(({ holder }) => holder),
    HOLDER_NAMES,
  )
  t.same(
    report.holders.map(({ backing }) => backing),
    ['Buffer', 'mlock', 'memfd_secret'],
  )
  for (const { holder, signatureVerified, attacks, warning } of report.holders) {
    t.same(signatureVerified, { beforeAttacks: true, afterAttacks: true }, `${holder}: the signatures verify`)
    t.same(
      attacks.map(({ attack }) => attack),
      ATTACK_NAMES,
      `${holder}: every attack has its row`,
    )
    t.equal(warning, holder === 'mlock' ? 'MEMFD_SECRET_FALLBACK' : null, `${holder}: the fallback alone warns`)
  }

  for (const attack of ['mem', 'process_vm_readv', 'ptrace'] as const) {
    t.equal(verdictOf(report, 'buffer', attack), 'leaked', `${attack} reads the Buffer`)
    t.equal(verdictOf(report, 'mlock', attack), 'leaked', `${attack} reads the mlock fallback`)
    t.equal(verdictOf(report, 'memfd_secret', attack), 'refused', `${attack} is refused secret memory`)
  }
  const refusals = report.holders.find(({ holder }) => holder === 'memfd_secret')?.attacks
  t.same(
    refusals?.filter(({ verdict }) => verdict === 'refused').map(({ errno }) => errno),
    ['EIO', 'EFAULT', 'EIO'],
  )

  // What depends on gdb and on core_pattern: made or not, but the same on all three.
  for (const attack of ['gcore', 'kernel-core'] as const) {
    const possible = verdictOf(report, 'buffer', attack) !== 'impossible'
    t.equal(verdictOf(report, 'buffer', attack), possible ? 'leaked' : 'impossible', `${attack}: the Buffer`)
    t.equal(verdictOf(report, 'memfd_secret', attack), possible ? 'absent' : 'impossible', `${attack}: secret memory`)
  }
  const injected = verdictOf(report, 'buffer', 'injected-code')
  t.ok(injected === 'leaked' || injected === 'impossible', 'injected code')
  t.equal(verdictOf(report, 'memfd_secret', 'injected-code'), injected, 'the one way that is not closed')
  for (const holder of HOLDER_NAMES)
    t.equal(verdictOf(report, holder, 'pidfd_getfd'), 'absent', `${holder}: pidfd_getfd`)

  const copies = report.holders.find(({ holder }) => holder === 'memfd_secret')?.copies
  t.equal(copies?.afterReading?.text, 0, 'reading the file leaves no copy in ordinary memory')
})
