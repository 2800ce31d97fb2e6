// Runs steps of the API, given as JSON in the first argument, and answers what came of each as one line of JSON:
// node steps.js '[["alloc",{"minBacking":"mlock"}],["configure",{"minBacking":"memfd_secret"}]]'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { configure } from '../../../lib/configure'
import { fallbackChannel, limitChannel } from '../../../lib/diagnostics'
import { probe } from '../../../lib/probe'
import { map, memfdSecret } from '../../../lib/raw'
import { SecretBuffer } from '../../../lib/secret-buffer'
import { stats } from '../../../lib/stats'

export interface Outcome {
  /** What the step answered, or what it threw. */
  value?: unknown
  code?: string
  message?: string
  errno?: number
  syscall?: string
  hint?: string
}

export interface Report {
  outcomes: Outcome[]
  warnings: { code?: string; message: string }[]
  published: { fallback: unknown[]; limit: unknown[] }
}

type Argument = never
const kept: SecretBuffer[] = []

/** Until it throws: how many, and the error. */
function fillUp(byteLength: number, isolated: boolean): Outcome {
  const before = kept.length
  try {
    for (;;) kept.push(SecretBuffer.alloc(byteLength, { isolated }))
  } catch (error) {
    return { ...outcomeOf(error), value: kept.length - before }
  }
}

const STEPS: Readonly<Record<string, (argument: Argument, other: Argument) => unknown>> = {
  alloc: (options) => {
    const secret = SecretBuffer.from('a secret of this step', 'utf8', options)
    kept.push(secret)
    return { backing: secret.backing, text: secret.revealString() }
  },
  size: (byteLength) => SecretBuffer.alloc(byteLength).dispose(),
  configure: (policy) => configure(policy),
  stats: () => stats(),
  probe: () => probe().backing,
  fillUp: (byteLength, isolated) => fillUp(byteLength, isolated),
  disposeAll: () => kept.splice(0).map((secret) => secret.dispose()).length,
  destroyAll: () => kept.splice(0).map((secret) => secret.destroy()).length,
  fileSync: (path, options) => SecretBuffer.fromFileSync(path, options).byteLength,
  map: (length) => map(memfdSecret(), length).byteLength,
  exhaustDescriptors: () => {
    let last = 0
    try {
      for (;;) last = openSync('/dev/null', 'r')
    } catch {
      return last
    }
  },
  worker: async (steps) => {
    const worker = new Worker(__filename, { argv: [JSON.stringify(steps)], stdout: true })
    // Listened for at once: it may exit before the answer has been read.
    const ended = once(worker, 'exit')
    const [report] = (await once(worker, 'message')) as [Report]
    await ended
    return report.outcomes
  },
  collect: async () => {
    for (let i = 0; i < 3; ++i) {
      globalThis.gc?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  },
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, message, errno, syscall, hint } = error as Error & Outcome
  return JSON.parse(JSON.stringify({ code, message, errno, syscall, hint })) as Outcome
}

async function main(): Promise<void> {
  const { parentPort } = await import('node:worker_threads')
  const report: Report = { outcomes: [], warnings: [], published: { fallback: [], limit: [] } }
  process.on('warning', (warning: Error & { code?: string }) => {
    report.warnings.push({ ...(warning.code === undefined ? {} : { code: warning.code }), message: warning.message })
  })
  fallbackChannel().subscribe((message) => report.published.fallback.push(message))
  limitChannel().subscribe((message) => report.published.limit.push(message))
  const steps = JSON.parse(process.argv[2] ?? '[]') as [string, Argument, Argument][]
  for (const [name, argument, other] of steps) {
    try {
      const step = STEPS[name]
      if (step === undefined) throw new Error(`no step ${name}`)
      report.outcomes.push({ value: await step(argument, other) })
    } catch (error) {
      report.outcomes.push(outcomeOf(error))
    }
  }
  // Warnings come a tick later.
  await new Promise((resolve) => setImmediate(resolve))
  if (parentPort === null) console.log(JSON.stringify(report))
  else parentPort.postMessage(report)
}

void main()
