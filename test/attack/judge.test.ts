import t from 'tap'
import { ATTACKS } from '../../attack/attacks/index'
import { expectedOf } from '../../attack/expectations'
import { HOLDER_NAMES } from '../../attack/holders'
import { judge } from '../../attack/judge'
import type { Row } from '../../attack/results'
import { cell, expectedRows, holders } from './made-up'

/** A run with one row changed. */
function changed(index: number, change: (row: Row) => Row): Row[] {
  return expectedRows().map((row, at) => (at === index ? change(row) : row))
}

t.test('a run that is as expected has no problem', async (t) => {
  t.same(judge(expectedRows(), holders()), [])
})

t.test('each cell that is another than expected is a problem, and named', async (t) => {
  for (const [index, { name }] of ATTACKS.entries()) {
    for (const holder of HOLDER_NAMES) {
      const expected = expectedOf(name, holder)
      const received = expected === 'leaks' ? 'safe' : 'leaks'
      const rows = changed(index, (row) => ({ ...row, cells: { ...row.cells, [holder]: cell(received) } }))
      const problems = judge(rows, holders())
      t.equal(problems.length, 1, `${name}, ${holder}`)
      t.match(problems[0], `${name}, ${holder}: expected ${expected} but received ${received}`)
    }
  }
})

t.test('an attack that finds nothing where it must is broken', async (t) => {
  for (const [index, { name }] of ATTACKS.entries()) {
    for (const verdict of ['safe', 'failed', 'unavailable'] as const) {
      const rows = changed(index, (row) => ({ ...row, control: { ...row.control, ...cell(verdict) } }))
      t.match(judge(rows, holders()), [`${name} is broken: it did not find the secret in `], `${name} ${verdict}`)
    }
  }
})

t.test('an attack that cannot be made at all is no problem, one that was not tried on a holder is', async (t) => {
  const none = Object.fromEntries(HOLDER_NAMES.map((holder) => [holder, cell('impossible', 'EPERM')])) as Row['cells']
  const nowhere = changed(0, (row) => ({
    ...row,
    control: { ...row.control, ...cell('impossible', 'EPERM') },
    cells: none,
  }))
  t.same(judge(nowhere, holders()), [])
  const untried = changed(0, (row) => ({ ...row, cells: { ...row.cells, sealed: cell('impossible') } }))
  t.match(judge(untried, holders()), [/sealed: not tried, though it can be/])
  const broke = changed(0, (row) => ({ ...row, cells: { ...row.cells, sealed: cell('failed') } }))
  t.match(judge(broke, holders()), [/sealed: the suite failed/])

  const nothing = expectedRows().map((row) => ({
    ...row,
    control: { ...row.control, ...cell('impossible') },
    cells: none,
  }))
  t.match(judge(nothing, holders()), ['No attack could be made'])
})

t.test('a holder that is not to be had', async (t) => {
  const unavailable = { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: 'none here' }
  const without = (holder: (typeof HOLDER_NAMES)[number], sealing: string) => {
    const rows = expectedRows().map((row) => ({ ...row, cells: { ...row.cells, [holder]: cell('unavailable') } }))
    return judge(rows, holders({ [holder]: { backing: null, sealing, unavailable } }))
  }
  t.same(without('sodium_malloc', 'none'), [], "another project's")
  t.same(without('sealed', 'none'), [], 'the library says that it cannot')
  t.match(without('sealed', 'mprotect'), ['sealed is not to be had: none here'], 'the library says that it can')
  t.match(without('memfd_secret', 'none'), ['memfd_secret is not to be had: none here'])
})

t.test('the table of expectations has a row for each attack, and no other', async (t) => {
  t.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length, 'no name twice')
  t.throws(() => expectedOf('rowhammer', 'malloc'), /in the table of expectations/)
})
