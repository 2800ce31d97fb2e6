// What must hold in every runtime that loads the addon: plain asserts, without a test framework, so that Bun, Deno and an
// emulated machine run it as they are. Prints one line of JSON after RESULT_MARK. As `conformance.js limit` it is to be run
// under a small RLIMIT_MEMLOCK, without privileges, and meets that limit.
import { isMainThread } from 'node:worker_threads'
import { probe } from '../../lib/index'
import { ASYNC_CHECKS } from './async-checks'
import { CHECKS, type Check } from './checks'
import { findFacts } from './facts'
import { meetTheLimit } from './limit'
import { inWorker } from './worker'

export const RESULT_MARK = 'memfd-secret-conformance:'

interface Outcome {
  name: string
  outcome: 'ok' | 'failed'
  /** The message of what failed. */
  detail?: string
}

async function run([name, check]: [string, Check]): Promise<Outcome> {
  try {
    await check()
    return { name, outcome: 'ok' }
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { name, outcome: 'failed', detail: detail.slice(0, 1000) }
  }
}

function runtimeName(): string {
  const { bun, deno, node } = process.versions
  return bun === undefined ? (deno === undefined ? `node ${node}` : `deno ${deno}`) : `bun ${bun}`
}

async function main(mode: string | undefined): Promise<void> {
  const outcomes: Outcome[] = []
  const wanted = mode === 'limit' ? { 'a limit': meetTheLimit } : { ...CHECKS, ...ASYNC_CHECKS }
  for (const entry of Object.entries(wanted)) outcomes.push(await run(entry))
  const { backing, memfdSecret, kernel } = probe()
  const facts = mode === 'limit' ? {} : findFacts()
  const result = {
    runtime: runtimeName(),
    arch: process.arch,
    backing,
    reason: memfdSecret.reason,
    kernel,
    outcomes,
    facts,
  }
  console.log(RESULT_MARK + JSON.stringify(result))
}

if (isMainThread) void main(process.argv[2])
else inWorker()
