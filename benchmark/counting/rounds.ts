// Runs a task so many times and ends, to be counted from outside: node rounds.js SPEC ROUNDS [WARM-UP]
// Prints what it can count itself. After so many rounds of warm-up it says "ready" and waits for a line on standard input, so
// that a tracer can be attached to a process whose arena has grown already.
import { once } from 'node:events'
import { makeTask, type Spec } from '../tasks/index'
import { batchOf, NotToBeHad } from '../measuring/task'
import type { Counted, Unavailable } from './counted'

const [, , spec = '', wanted = '0', warmUp] = process.argv

async function main(): Promise<void> {
  const task = await makeTask(JSON.parse(spec) as Spec)
  const run = async (rounds: number): Promise<number> => {
    const batched = { ...task, rounds: Math.min(task.rounds, rounds) }
    const batch = batchOf(batched)
    let done = 0
    for (; done < rounds; done += batched.rounds) await batch()
    return done
  }
  if (warmUp !== undefined) {
    await run(Number(warmUp))
    process.stdout.write('ready\n')
    await once(process.stdin, 'data')
  }
  const before = process.resourceUsage().minorPageFault
  const rounds = await run(Number(wanted))
  const faults = process.resourceUsage().minorPageFault - before
  const counted: Counted = { rounds, faults, about: task.about ?? {} }
  process.stdout.write(`${JSON.stringify(counted)}\n`)
  // The tracer is to be gone before this process is.
  if (warmUp !== undefined) await once(process.stdin, 'end')
}

main().catch((error: unknown) => {
  if (!(error instanceof NotToBeHad)) throw error
  const said: Unavailable = { unavailable: error.message }
  process.stdout.write(`${JSON.stringify(said)}\n`)
})
