// The child of the part "faults": runs each scenario with each system call of the addon refused. Started with the injector
// in LD_PRELOAD. Arguments: words of the scenarios' names; none: all. Prints a line of JSON.
import { SecretBuffer } from '../../lib/index'
import { collectGarbage } from '../../test/collect-garbage'
import { loadInjector } from './injector'
import { ScenarioRunner } from './run-scenario'
import type { Scenario } from './scenario'
import { ENDING } from './scenarios/ending'
import { MAKING } from './scenarios/making'
import { SEALING, sealedKeeper } from './scenarios/sealing'
import { SHARING } from './scenarios/sharing'
import { WAYS } from './scenarios/ways'

const SCENARIOS: readonly Scenario[] = [...MAKING, ...WAYS, ...SHARING, ...SEALING, ...ENDING]

async function main(words: readonly string[]): Promise<void> {
  // Keeps the arena's first chunk, and has the backing chosen.
  const keeper = SecretBuffer.alloc(1)
  const injector = loadInjector()
  const wanted = SCENARIOS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  const totals = { faults: 0, tolerated: 0, scenarios: wanted.length }
  const failures: string[] = []
  for (const scenario of wanted) {
    const runner = new ScenarioRunner(injector, scenario)
    try {
      await runner.run()
    } catch (error) {
      failures.push(error instanceof Error ? `${error.message}${causeOf(error)}` : String(error))
    }
    injector.disarm()
    // What a failure left undisposed would be found by the next.
    await collectGarbage()
    totals.faults += runner.counts.faults
    totals.tolerated += runner.counts.tolerated
    process.stderr.write(`${scenario.name}: ${runner.counts.faults} faults\n`)
  }
  keeper.dispose()
  sealedKeeper?.dispose()
  process.stdout.write(`${JSON.stringify({ ...totals, failures })}\n`)
}

function causeOf({ cause }: Error): string {
  return cause === undefined ? '' : `\n  ${cause instanceof Error ? cause.stack : String(cause)}`
}

void main(process.argv.slice(2))
