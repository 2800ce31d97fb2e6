import { batchOf, type Task } from './task'

/** What a task took in one of its turns. */
export interface Slice {
  /** Nanoseconds a round, by the wall. */
  wall: number
  /** Nanoseconds a round, of the processor: all threads of the process, V8's helpers too. */
  processor: number
}

/**
 * One turn of a task: tinybench runs whole batches for so long. The mean, not the median, of its batches: a collection of
 * garbage falls into few of them and belongs to all.
 */
export async function measureSlice(task: Task, milliseconds: number): Promise<Slice> {
  const { Bench } = await import('tinybench')
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, throws: true })
  bench.add('slice', batchOf(task), { async: true })
  const before = process.cpuUsage()
  const [measured] = await bench.run()
  const { user, system } = process.cpuUsage(before)
  const result = measured?.result
  if (result === undefined || result.state !== 'completed') {
    throw new Error(`Expected a completed slice but received ${result?.state}`)
  }
  const { mean, samplesCount } = result.latency
  return {
    wall: (mean * 1e6) / task.rounds,
    processor: ((user + system) * 1e3) / (samplesCount * task.rounds),
  }
}
