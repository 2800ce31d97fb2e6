// Runs rounds until it is terminated, wherever it is then. Counts in memory that it shares with who started it.
import { parentPort, workerData } from 'node:worker_threads'
import { runLanes, TERMINABLE } from './lanes'

export interface Wanted {
  seed: number
  /** Of two 32-bit counts: rounds, and those in flight. */
  counts: Int32Array
}

const { seed, counts } = workerData as Wanted

const counter = (index: number): PropertyDescriptor => ({
  get: () => Atomics.load(counts, index),
  set: (value: number) => void Atomics.store(counts, index, value),
})

const shared = Object.defineProperties({}, { rounds: counter(0), inFlight: counter(1) }) as {
  rounds: number
  inFlight: number
}

parentPort?.postMessage('running')
void runLanes(seed, () => false, shared, TERMINABLE)
