import type { Effort } from '../model'
import type { Player } from './player'
import type { Slice } from './slice'

/**
 * Players take turns, each turn begun by the next of them: whatever the machine does meanwhile falls on all alike.
 * Answers the slices of each player, turn by turn. Whoever is unavailable has none.
 */
export async function takeTurns(players: readonly Player[], effort: Effort): Promise<Slice[][]> {
  const slices: Slice[][] = players.map(() => [])
  const playing = players
    .map((player, index) => ({ player, index }))
    .filter(({ player }) => player.unavailable === null)
  for (const { player } of playing) await player.slice(effort.warmUpMilliseconds)
  for (let turn = 0; turn < effort.turns; turn++) {
    for (let i = 0; i < playing.length; i++) {
      const next = playing[(turn + i) % playing.length]
      if (next !== undefined) slices[next.index]?.push(await next.player.slice(effort.sliceMilliseconds))
    }
  }
  return slices
}
