import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Stats } from '../../lib/stats'
import { LINUX } from './run-child'
import { type Outcome, runSteps, type Step, valueOf } from './run-steps'

const most = LINUX ? Number(readFileSync('/proc/sys/vm/max_map_count', 'latin1')) : Infinity
// The kernel's default can be reached within the time and the memory of a test.
const skip = { skip: most > 70_000 ? 'needs Linux with vm.max_map_count as it is by default' : false }

t.test('secrets leave room for the other mappings of the process', skip, async (t) => {
  const steps: Step[] = [
    ['fillUp', 16, true],
    ['stats'],
    ['alloc'],
    ['alloc', { isolated: true }],
    ['disposeAll'],
    ['alloc', { isolated: true }],
  ]
  const { outcomes } = await runSteps(steps)
  const [first, counted, shared, refused, , again] = outcomes
  const full = first?.value as Outcome
  t.equal(full.code, 'ERR_MEMFD_SECRET_LIMIT')
  // Locked memory runs out before where it is limited for this user.
  if (/RLIMIT_MEMLOCK/.test(full.message ?? '')) return void t.comment('the limit of locked memory is lower here')
  t.match(full.message, new RegExp(`vm\\.max_map_count, ${most};`))
  t.match(full.hint, /isolated: true.*sysctl vm\.max_map_count=/)
  const { secrets } = valueOf<Stats>(counted)
  t.equal(full.value, secrets)
  t.ok(secrets > most / 5 && secrets <= most / 4, `${secrets} of ${most}`)
  t.equal(shared?.code ?? refused?.code, 'ERR_MEMFD_SECRET_LIMIT', 'the process lives on')
  t.equal(again?.code, undefined, 'and works again')
})
