import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Attack } from '../../attack/attack'
import { ATTACKS } from '../../attack/attacks/index'
import { judge } from '../../attack/judge'
import { overwriteBy } from '../../attack/overwrite'
import { makeKnownSecret, runSuite } from '../../attack/suite'
import { lacks } from '../demo/run-demo'

const missing = lacks(process.getuid?.() ?? -1)
const skip = missing !== null && `lacks ${missing}`

// One for each way to search what was obtained.
const SEARCHED = ['process-vm-readv', 'pidfd-getfd', 'vmsplice', 'console-log', 'inspector-look']

t.test('attackers that look for another secret find it nowhere, and are said to be broken', { skip }, async (t) => {
  const known = makeKnownSecret(randomBytes(32))
  t.teardown(() => known.remove())
  const attacks = ATTACKS.filter(({ name }) => SEARCHED.includes(name))
  t.equal(attacks.length, SEARCHED.length)
  const { rows, holders } = await runSuite(attacks, known)
  const problems = judge(rows, holders)
  for (const { name, control, cells } of rows) {
    if (control.verdict === 'impossible') continue
    t.equal(control.verdict, 'safe', name)
    t.ok(
      Object.values(cells).every(({ verdict }) => verdict === 'safe'),
      `${name}: no hit by chance`,
    )
    t.ok(
      problems.some((problem) => problem.startsWith(`${name} is broken`)),
      name,
    )
  }
})

t.test('an attack that writes nothing is said to be broken', { skip }, async (t) => {
  const known = makeKnownSecret()
  t.teardown(() => known.remove())
  const model = ATTACKS.find(({ name }) => name === 'process-vm-writev')
  if (model === undefined) return void t.fail('no such attack')
  // secret-mappings of the attacker program only looks.
  const idle: Attack = { ...model, make: (target) => overwriteBy('secret-mappings', target) }
  const { rows, holders } = await runSuite([idle], known)
  t.equal(rows[0]?.control.verdict, 'safe')
  t.ok(judge(rows, holders).some((problem) => problem.startsWith('process-vm-writev is broken')))
})
