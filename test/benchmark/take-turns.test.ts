import t from 'tap'
import type { Player } from '../../benchmark/measuring/player'
import { takeTurns } from '../../benchmark/measuring/take-turns'

const effort = { quick: true, turns: 3, sliceMilliseconds: 5, warmUpMilliseconds: 50 }

function playerNamed(name: string, played: string[], unavailable: string | null = null): Player {
  return {
    about: {},
    unavailable,
    slice: async (milliseconds) => {
      played.push(`${name} ${milliseconds}`)
      return { wall: played.length, processor: 0 }
    },
  }
}

t.test('each turn is begun by the next player, after all have warmed up', async (t) => {
  const played: string[] = []
  const slices = await takeTurns([playerNamed('a', played), playerNamed('b', played)], effort)
  t.same(played, ['a 50', 'b 50', 'a 5', 'b 5', 'b 5', 'a 5', 'a 5', 'b 5'])
  t.same(
    slices.map((own) => own.map(({ wall }) => wall)),
    [
      [3, 6, 7],
      [4, 5, 8],
    ],
    'slices stay with their player, turn by turn',
  )
})

t.test('who is unavailable takes no turn', async (t) => {
  const played: string[] = []
  const slices = await takeTurns([playerNamed('a', played, 'not here'), playerNamed('b', played)], effort)
  t.same(played, ['b 50', 'b 5', 'b 5', 'b 5'])
  t.same(slices[0], [])
})
