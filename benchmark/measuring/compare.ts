import type { By, Effort, Progress, Row } from '../model'
import { ratiosOf, type Spread, spreadOf } from '../statistics'
import type { Spec, TaskModule } from '../tasks/index'
import { type Host, type Player, startProcess } from './player'
import type { Slice } from './slice'
import type { TaskArguments } from './task'
import { takeTurns } from './take-turns'

export interface Candidate {
  label: string
  /** Its name in the task's module. */
  task: string
  args?: TaskArguments
  /** Of its process, beside what this one's environment has. */
  env?: NodeJS.ProcessEnv
}

export interface Comparison {
  module: TaskModule
  candidates: readonly Candidate[]
  /** All run in the same process of a candidate, one after the other. */
  works: readonly { what: string; args: TaskArguments }[]
  /** The candidate that the others are told as multiples of. */
  baseline: string
  /** How many times with fresh processes, whose memory lies elsewhere. Default 1. */
  processes?: number
  /** In one process, whose caches and compiled code they share: where nothing but the memory that they work on differs. */
  together?: boolean
  /** What ratios are of. Default wall. */
  by?: By
}

function specsOf({ module, works }: Comparison, { task, args }: Candidate): Spec[] {
  return works.map((work) => ({ module, task, args: { ...args, ...work.args } }))
}

type Times = { slices: Slice[]; player: Player }

function ratioOf(times: Times | undefined, base: Times | undefined, by: By): Spread | null {
  if (times === undefined || base === undefined) return null
  if (times.player.unavailable !== null || base.player.unavailable !== null) return null
  const valuesOf = ({ slices }: Times): number[] => slices.map((slice) => slice[by])
  return spreadOf(ratiosOf(valuesOf(times), valuesOf(base)))
}

function rowOf(what: string, label: string, times: Times, ratio: Row['ratio']): Row {
  const had = times.player.unavailable === null
  return {
    what,
    candidate: label,
    unit: 'ns',
    value: had ? spreadOf(times.slices.map(({ wall }) => wall)) : null,
    processor: had ? spreadOf(times.slices.map(({ processor }) => processor)) : null,
    ratio,
    note: times.player.unavailable,
  }
}

/** What was compared: rows for the table, and the ratio of any two candidates, turn by turn. */
export interface Compared {
  rows: Row[]
  ratio(what: string, candidate: string, to: string, by?: By): Spread | null
}

function comparedOf(
  { works, candidates, baseline, by: usual = 'wall' }: Comparison,
  times: readonly (readonly Times[])[],
): Compared {
  const timesOf = (what: string, candidate: string): Times | undefined =>
    times[candidates.findIndex(({ label }) => label === candidate)]?.[works.findIndex((work) => work.what === what)]
  const ratio = (what: string, candidate: string, to: string, by = usual): Spread | null =>
    ratioOf(timesOf(what, candidate), timesOf(what, to), by)
  const rows = works.flatMap(({ what }) =>
    candidates.flatMap(({ label }) => {
      const own = timesOf(what, label)
      if (own === undefined) return []
      const against = label === baseline ? null : ratio(what, label, baseline)
      return [rowOf(what, label, own, against === null ? null : { ...against, to: baseline, by: usual })]
    }),
  )
  return { rows, ratio }
}

/** The processes, and for each work its players in the order of the candidates. */
async function startAll(comparison: Comparison, hosts: Host[]): Promise<Player[][]> {
  const { candidates, works, together = false } = comparison
  if (together) hosts.push(await startProcess(candidates.flatMap((candidate) => specsOf(comparison, candidate))))
  else for (const candidate of candidates) hosts.push(await startProcess(specsOf(comparison, candidate), candidate.env))
  const players = hosts.flatMap((host) => host.players)
  return works.map((_, work) => players.filter((_player, index) => index % works.length === work))
}

/** Each candidate in a process of its own or, together, all in one; in turns. */
export async function compare(comparison: Comparison, effort: Effort, progress: Progress): Promise<Compared> {
  const { candidates, processes = 1, works } = comparison
  const times: Times[][] = candidates.map(() => [])
  for (let repeat = 0; repeat < processes; repeat++) {
    const hosts: Host[] = []
    try {
      for (const [work, players] of (await startAll(comparison, hosts)).entries()) {
        const what = works[work]?.what ?? ''
        progress(processes === 1 ? what : `${what}, ${repeat + 1} of ${processes} processes`)
        const slices = await takeTurns(players, effort)
        for (const [candidate, player] of players.entries()) {
          const known = (times[candidate] ??= [])[work]
          const found = slices[candidate] ?? []
          if (known === undefined) times[candidate][work] = { slices: found, player }
          else known.slices.push(...found)
        }
      }
    } finally {
      for (const host of hosts) host.close()
    }
  }
  return comparedOf(comparison, times)
}
