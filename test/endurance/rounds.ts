// The child of run-plan.ts: runs one plan as a user of its own and prints a Result.
import { SecretBuffer, SecretMemoryError, stats } from '../../lib/index'
import { dropPrivileges } from '../drop-privileges'
import type { Plan, Result } from './plan'

const plan = JSON.parse(process.argv[2] ?? '') as Plan
const ring: SecretBuffer[] = []
let next = 0
let peakLockedBytes = 0

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function useOnce(secret: SecretBuffer, round: number): void {
  secret.use((bytes) => {
    if (bytes.length !== 32 || bytes[0] !== 0 || bytes[31] !== 0) throw new Error(`round ${round}: not a clean secret`)
    bytes.fill(round)
  })
}

function runRound(round: number): void {
  const secret = SecretBuffer.alloc(32)
  useOnce(secret, round)
  if (plan.live === 0) {
    secret.dispose()
    return
  }
  ring[next]?.dispose()
  ring[next] = secret
  next = (next + 1) % plan.live
}

function sample(): void {
  peakLockedBytes = Math.max(peakLockedBytes, stats().lockedBytes)
}

async function runYielding(): Promise<Result> {
  const started = performance.now()
  const sampleEvery = plan.yieldEvery * Math.max(1, Math.floor(2_000 / plan.yieldEvery))
  let rssMidway = 0
  for (let round = 0; round < plan.rounds; round++) {
    runRound(round)
    if (round % plan.yieldEvery === 0) await turn()
    if (round % sampleEvery === 0) sample()
    if (round === Math.floor(plan.rounds / 2)) rssMidway = process.memoryUsage.rss()
  }
  sample()
  const grownBytes = rssMidway === 0 ? 0 : process.memoryUsage.rss() - rssMidway
  for (const secret of ring) secret.dispose()
  if (stats().secrets !== 0) throw new Error('Expected no live secret at the end')
  return {
    name: plan.name,
    rounds: plan.rounds,
    seconds: (performance.now() - started) / 1000,
    peakLockedBytes,
    grownBytes,
  }
}

function roundsToLimit(most: number): { rounds: number; code: string } {
  for (let round = 0; round < most; round++) {
    try {
      runRound(round)
    } catch (error) {
      if (!(error instanceof SecretMemoryError)) throw error
      return { rounds: round, code: error.code }
    }
  }
  return { rounds: most, code: 'none' }
}

async function runNeverYielding(): Promise<Result> {
  const started = performance.now()
  const first = roundsToLimit(plan.rounds)
  sample()
  const seconds = (performance.now() - started) / 1000
  // Finalizers run on the event loop, in batches.
  for (let i = 0; i < 20; i++) await turn()
  const again = roundsToLimit(plan.rounds)
  const limit = { code: first.code, after: first.rounds, roundsOnceYielded: again.rounds }
  return { name: plan.name, rounds: first.rounds, seconds, peakLockedBytes, grownBytes: 0, limit }
}

async function main(): Promise<void> {
  dropPrivileges()
  const result = plan.yieldEvery === 0 ? await runNeverYielding() : await runYielding()
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

void main()
