import { join } from 'node:path'
import type { Spec } from '../tasks/index'
import { type Counted, readCounted } from './counted'
import { NotToBeHad } from '../measuring/task'
import { type Ended, runProgram } from './run-program'

/** How instructions can be counted here. */
export interface Counter {
  name: string
  command: string
  args: readonly string[]
  /** NaN where it counted nothing. */
  read(ended: Ended): number
}

export const COUNTERS: readonly Counter[] = [
  {
    name: 'perf stat',
    command: 'perf',
    args: ['stat', '-x', ',', '-e', 'instructions:u'],
    // A machine without such a counter, as most virtual ones, has "<not supported>" there.
    read: ({ stderr }) => Number(/^(\d+),.*instructions/m.exec(stderr)?.[1] ?? Number.NaN),
  },
  {
    name: 'valgrind --tool=callgrind',
    command: 'valgrind',
    args: ['--tool=callgrind', '--callgrind-out-file=/dev/null'],
    read: ({ stderr }) => Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? Number.NaN),
  },
]

async function works({ command, args, read }: Counter): Promise<boolean> {
  try {
    return !Number.isNaN(read(await runProgram(command, [...args, 'true'], { seconds: 60 })))
  } catch {
    return false
  }
}

/** The first that works on this machine; null where none does. */
export async function findCounter(): Promise<Counter | null> {
  for (const counter of COUNTERS) if (await works(counter)) return counter
  return null
}

export interface Instructions {
  /** A round. */
  count: number
  about: Counted['about']
}

/**
 * The difference between so many rounds and three times as many: what starts and what warms up is in both. One thread, so
 * that what V8 collects and compiles beside is counted at the same place in each run.
 */
export async function countInstructions(spec: Spec, rounds: number, counter: Counter): Promise<Instructions> {
  const total = async (wanted: number): Promise<{ counted: Counted; instructions: number }> => {
    const program = [
      process.execPath,
      '--single-threaded',
      join(__dirname, 'rounds.js'),
      JSON.stringify(spec),
      String(wanted),
    ]
    const ended = await runProgram(counter.command, [...counter.args, ...program], { seconds: 400 })
    const counted = readCounted(ended.stdout)
    const instructions = counter.read(ended)
    if (Number.isNaN(instructions)) throw new NotToBeHad(`${counter.name} counted nothing`)
    return { counted, instructions }
  }
  const [few, many] = await Promise.all([total(rounds), total(rounds * 3)])
  const count = (many.instructions - few.instructions) / (many.counted.rounds - few.counted.rounds)
  return { count, about: many.counted.about }
}
