import t from 'tap'
import { atLeast, atMost, count, exactly, notToBeHad } from '../../benchmark/goals'
import type { CaseResult, Goal } from '../../benchmark/model'
import { goalCells } from '../../benchmark/report/tables'

const aim = { item: 1, goal: 'ten times faster', costs: ['a step'] }

t.test('a goal is judged by the median, and shows the spread', async (t) => {
  const spread = { median: 10, low: 8, high: 12, turns: 5 }
  t.same(atLeast(aim, 10, spread), { ...aim, measured: '10.0× (8.00× to 12.0×)', verdict: 'met' })
  t.equal(atLeast(aim, 10.1, spread).verdict, 'not met')
  t.equal(atMost(aim, 10, spread).verdict, 'met')
  t.equal(atMost(aim, 9.9, spread).verdict, 'not met')
  t.equal(atLeast(aim, 100, exactly(174_080), count).measured, '174,080', 'what is counted has no spread')
})

t.test('what was not measured is not judged', async (t) => {
  t.equal(atLeast(aim, 10, null).verdict, 'not to be had')
  t.equal(atMost(aim, 10, undefined).verdict, 'not to be had')
  t.same(notToBeHad(aim, 'no such kernel'), { ...aim, measured: 'no such kernel', verdict: 'not to be had' })
})

const physical: CaseResult = {
  name: 'physical-costs',
  title: '',
  error: null,
  goals: [],
  charts: [],
  rows: [
    {
      what: 'a step',
      candidate: 'the machine',
      unit: 'ns',
      value: exactly(2500),
      processor: null,
      ratio: null,
      note: null,
    },
  ],
}

t.test('beside a goal that is not met stands what the machine asks for', async (t) => {
  const cells = (verdict: Goal['verdict'], results: CaseResult[]) =>
    goalCells({ ...aim, measured: '3×', verdict }, results)
  t.same(cells('not met', [physical]), ['1: ten times faster', '3×; costs here: a step 2.50 µs', 'not met'])
  t.same(cells('met', [physical]), ['1: ten times faster', '3×', 'met'])
  t.match(cells('not met', [])[1], /see the case physical-costs/)
})
