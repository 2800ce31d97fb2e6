/** One run of rounds in a process of its own. A round makes a 32-byte secret, uses it and disposes the oldest one. */
export interface Plan {
  name: string
  /** RLIMIT_MEMLOCK of the process. */
  limitBytes: number
  rounds: number
  /** Secrets alive at any time; 0: each round disposes its own. */
  live: number
  /** Rounds between two turns of the event loop; 0: never yields, and ends at the first limit. */
  yieldEvery: number
}

export interface Result {
  name: string
  rounds: number
  seconds: number
  peakLockedBytes: number
  /** Of resident memory of the process, in the second half of the rounds. */
  grownBytes: number
  /** For what never yields: the code that it met, and how many rounds work after a turn of the event loop. */
  limit?: { code: string; after: number; roundsOnceYielded: number }
}

const MIB = 1024 * 1024

export const PLANS: readonly Plan[] = [
  { name: '100,000 live at once', limitBytes: 8 * MIB, rounds: 100_000, live: 100_000, yieldEvery: 2_000 },
  { name: 'one at a time', limitBytes: 8 * MIB, rounds: 1_000_000, live: 0, yieldEvery: 2_000 },
  { name: '100 live under 64 KiB', limitBytes: 64 * 1024, rounds: 200_000, live: 100, yieldEvery: 10 },
  // Three of four slots live: without the pressure on V8 (arena_growth.cc) it runs dry within 30,000 rounds.
  { name: '1,000 live under 64 KiB', limitBytes: 64 * 1024, rounds: 200_000, live: 1_000, yieldEvery: 10 },
  { name: '50,000 live', limitBytes: 8 * MIB, rounds: 400_000, live: 50_000, yieldEvery: 10 },
  { name: 'never yielding', limitBytes: 8 * MIB, rounds: 1_000_000, live: 0, yieldEvery: 0 },
]

/** Smaller counts of the same, for a few seconds. */
export const QUICK_PLANS: readonly Plan[] = PLANS.map((plan) => ({
  ...plan,
  limitBytes: plan.yieldEvery === 0 ? 2 * MIB : plan.limitBytes,
  rounds: { 100_000: 100_000, 1_000_000: 200_000, 200_000: 30_000, 400_000: 130_000 }[plan.rounds] ?? plan.rounds,
}))
