// The child of the part "in-flight": node out/stress/in-flight/main.js SEED SECONDS. Prints a line of JSON.
import { Random } from '../random'
import { runLanes } from './lanes'
import type { Counts } from './rounds'
import { terminateWorkers } from './terminations'

/** Of the time, for workers that are terminated in mid-round: most of it goes into their starts. */
const SHARE_OF_TERMINATIONS = 0.2

function clock(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000
  return () => performance.now() >= end
}

function report(counts: Counts): void {
  process.stderr.write(`${process.version}: ${counts.rounds} rounds\n`)
}

async function main(seed: number, seconds: number): Promise<void> {
  const counts: Counts = { rounds: 0, inFlight: 0 }
  const failures: string[] = []
  let terminations = 0
  const ticker = setInterval(report, 10_000, counts)
  try {
    await runLanes(seed, clock(seconds * (1 - SHARE_OF_TERMINATIONS)), counts)
    terminations = await terminateWorkers(new Random(seed), clock(seconds * SHARE_OF_TERMINATIONS), counts)
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  clearInterval(ticker)
  process.stdout.write(`${JSON.stringify({ ...counts, terminations, failures })}\n`)
  // Lanes that go on after the failure of one.
  if (failures.length > 0) process.exit(1)
}

void main(Number(process.argv[2]), Number(process.argv[3]))
