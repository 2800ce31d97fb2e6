import { loadNativeAccess } from '../../test/native-access'
import { collectUntil, turn } from '../../test/collect-garbage'
import { mappedSecretBytes } from '../../test/secret-mappings'
import { stats } from '../../lib/index'
import { readdirSync, readlinkSync } from 'node:fs'
import { checkClosed } from './closed'
import { expectSame } from './expect'
import type { Refusals } from './refusals'
import { CONTENTS } from './steps/contents'
import { ENDING } from './steps/ending'
import { FILES } from './steps/files'
import { MAKING } from './steps/making'
import { MISUSE } from './steps/misuse'
import { PROCESS } from './steps/process'
import { endThread, SHARING } from './steps/sharing'
import { USES } from './steps/uses'
import { type Step, World } from './world'

const STEPS: readonly Step[] = [...MAKING, ...CONTENTS, ...USES, ...ENDING, ...FILES, ...SHARING, ...PROCESS, ...MISUSE]

export interface ModelOptions {
  seed: number
  /** Ends by whichever comes first. */
  steps: number
  seconds: number
  refusals: Refusals
  most: number
  onProgress: (steps: number) => void
}

export interface ModelResult {
  steps: number
  seconds: number
  counts: World['counts']
  backing: string
  sealed: boolean
  /** System calls that were made to fail. */
  faults: number
}

/** A step that failed: which one, so that it can be found again. */
export class StepFailure extends Error {}

/** The kernel's list of the mappings takes long to read. */
const STEPS_TO_LOOK = 1024

/** The running sums of the weights, to pick by. */
const SUMS: number[] = []
for (const { weight } of STEPS) SUMS.push((SUMS.at(-1) ?? 0) + weight)

function pickStep(world: World): Step {
  const at = (world.random.next() / 0x1_0000_0000) * (SUMS.at(-1) ?? 1)
  let [low, high] = [0, SUMS.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (at < (SUMS[middle] ?? Infinity)) high = middle
    else low = middle + 1
  }
  const step = STEPS[low]
  if (step === undefined) throw new Error('Expected a step')
  return step
}

function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // The one that listed them.
    return ''
  }
}

/** But for those that Node keeps for itself: to accept at the limit, and its loops. */
const openDescriptors = (): number =>
  readdirSync('/proc/self/fd').filter((name) => !/^(?:$|\/dev\/null$|anon_inode:)/.test(linkOf(name))).length

/** In a function of its own: what its frame refers to would not be collected. */
async function endAll(world: World): Promise<void> {
  for (const entry of world.entries) {
    entry.secret.destroy()
    entry.destroy()
    for (const { resolve, promise } of entry.uses) {
      resolve(null)
      await promise
    }
  }
  world.entries.length = 0
  world.checkStats()
  world.forgetDead()
}

/** Everything ends, and nothing is left. */
async function finish(world: World, descriptors: number): Promise<void> {
  await endAll(world)
  await endThread()
  await turn()
  await collectUntil(() => stats().quarantinedBytes === 0)
  const { quarantinedBytes, lockedBytes, reservedBytes, freeSlotBytes } = stats()
  if (world.refusals.mayKeep) return
  expectSame(quarantinedBytes, 0, 'stats().quarantinedBytes at the end')
  expectSame(freeSlotBytes, lockedBytes, 'stats().freeSlotBytes at the end')
  if (world.backing !== 'heap') expectSame(mappedSecretBytes(), lockedBytes, 'what the kernel says is mapped')
  // Of each arena one empty chunk may be kept, of 512 KiB at most (src/arena/arena_growth.cc).
  if (lockedBytes - reservedBytes > 2 * 512 * 1024) expectSame(lockedBytes, reservedBytes, 'what is locked at the end')
  expectSame(openDescriptors(), descriptors, 'open descriptors at the end')
}

export async function runModel(options: ModelOptions): Promise<ModelResult> {
  const started = performance.now()
  const secondsSince = (): number => (performance.now() - started) / 1000
  const access = process.platform === 'linux' ? loadNativeAccess() : null
  const world = new World({ ...options, access })
  const descriptors = openDescriptors()
  const { counts } = world
  let name = ''
  try {
    while (counts.steps < options.steps && secondsSince() < options.seconds) {
      const step = pickStep(world)
      name = step.name
      await step.run(world)
      counts.steps++
      world.checkStats()
      if (counts.steps % STEPS_TO_LOOK === 0) checkClosed(world)
      if (counts.steps % 20_000 === 0) options.onProgress(counts.steps)
    }
    name = 'the end'
    await finish(world, descriptors)
  } catch (error) {
    throw new StepFailure(`step ${counts.steps + 1}, ${name}`, { cause: error })
  }
  return {
    steps: counts.steps,
    seconds: secondsSince(),
    counts,
    backing: world.backing,
    sealed: world.sealedByPolicy,
    faults: options.refusals.faults,
  }
}
