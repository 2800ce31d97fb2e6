import t from 'tap'
import { median, quantile, ratiosOf, spreadOf } from '../../benchmark/statistics'

t.test('a median is the middle, whatever the order', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([10, 9]), 9.5)
  t.equal(median([7]), 7)
  t.ok(Number.isNaN(median([])), 'of nothing there is none')
})

t.test('one turn that was spoiled moves a median little', async (t) => {
  t.equal(median([2, 2, 2, 2, 2000]), 2)
})

t.test('a quantile lies between its neighbours', async (t) => {
  t.equal(quantile([0, 10, 20, 30, 40], 0.25), 10)
  t.equal(quantile([0, 10], 0.25), 2.5)
  t.equal(quantile([0, 10, 20], 0), 0)
  t.equal(quantile([0, 10, 20], 1), 20)
})

t.test('a spread has the quartiles and the number of turns, and leaves its argument alone', async (t) => {
  const values = [5, 1, 4, 2, 3]
  t.same(spreadOf(values), { median: 3, low: 2, high: 4, turns: 5 })
  t.same(values, [5, 1, 4, 2, 3])
})

t.test('ratios are told turn by turn', async (t) => {
  // The machine was three times slower in the second turn, for both.
  const ratios = ratiosOf([20, 60, 20], [10, 30, 10])
  t.same(ratios, [2, 2, 2])
  t.same(spreadOf(ratios), { median: 2, low: 2, high: 2, turns: 3 })
  t.throws(() => ratiosOf([1, 2], [1]), /Expected 1 turns/)
})
