import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { StressFigures, StressOptions } from '../stress-options'
import { current, oldestAndNewest, type Runtime } from '../node-versions'

export interface InFlightFigures extends StressFigures {
  /** Of the rounds, those whose secret ended while a job was at work on its bytes. */
  inFlight: number
  /** Workers terminated in mid-round. */
  terminations: number
  /** Versions of Node.js. */
  runtimes: string[]
}

export interface InFlightOptions extends StressOptions {
  /** 'newest': also the newest Node.js that the project is tested with, which is fetched. Default: this one alone. */
  nodes?: 'this' | 'newest'
}

type Printed = Omit<InFlightFigures, 'runtimes'>

/** How long a child may take to start and to finish what is under way. */
const GRACE_SECONDS = 60

function runIn(node: string, { seed, seconds, log }: StressOptions): Promise<Printed> {
  const args = [join(__dirname, 'main.js'), String(seed), String(seconds)]
  const timeout = (seconds + GRACE_SECONDS) * 1000
  return new Promise((resolve) => {
    const child = execFile(node, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (stdout.endsWith('}\n')) return void resolve(JSON.parse(stdout) as Printed)
      // What the test is for: native code that works on memory which is gone.
      const how = `ended by ${error?.signal ?? `status ${error?.code ?? 0}`}\n${stderr.slice(0, 1000)}\n…\n${stderr.slice(-2000)}`
      resolve({ rounds: 0, inFlight: 0, terminations: 0, failures: [how] })
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()))
    child.stdin?.end()
  })
}

async function runtimesOf(nodes: InFlightOptions['nodes']): Promise<readonly Runtime[]> {
  if (nodes !== 'newest') return [current]
  const { runtimes, missing } = await oldestAndNewest(true)
  if (missing.length > 0) throw new Error(`Expected the newest Node.js but received no ${missing.join(', ')}`)
  return runtimes
}

/**
 * Ends secrets, plain ones and sealed ones in use, by dispose and destroy at random times while jobs of fs, crypto, zlib and
 * net work on their bytes, makes others right after, and checks that those are neither written to nor read; then terminates
 * workers that do the same. The time is shared by the runtimes.
 */
export async function runInFlight(options: InFlightOptions): Promise<InFlightFigures> {
  const nodes = await runtimesOf(options.nodes)
  const figures: InFlightFigures = { rounds: 0, inFlight: 0, terminations: 0, failures: [], runtimes: [] }
  for (const { program, version } of nodes) {
    const result = await runIn(program, { ...options, seconds: options.seconds / nodes.length })
    figures.rounds += result.rounds
    figures.inFlight += result.inFlight
    figures.terminations += result.terminations
    figures.failures.push(...result.failures.map((failure) => `Node.js ${version}: ${failure}`))
    figures.runtimes.push(version)
  }
  return figures
}
