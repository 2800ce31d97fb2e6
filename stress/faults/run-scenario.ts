import { readdirSync } from 'node:fs'
import { stats } from '../../lib/index'
import { isTolerated, problemWith } from './expected-error'
import type { Injector, Report } from './injector'
import { MARKER, type Scenario } from './scenario'

export interface Counts {
  faults: number
  /** Worked all the same. */
  tolerated: number
}

interface Plan {
  nth: number
  choice: number
  persistent: boolean
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

/** What a failure must leave as it was. */
function snapshot(): string {
  const { secrets, bytes, pendingDisposals, reservedBytes } = stats()
  const descriptors = openDescriptors()
  return JSON.stringify({ secrets, bytes, pendingDisposals, reservedBytes, descriptors })
}

/** In a run of calls of one site, as of prefaulting page after page, the first and the last two stand for all. */
function isInside(sites: readonly string[], at: number): boolean {
  return [1, 2].every((distance) => sites[at - distance] === sites[at] && sites[at + distance] === sites[at])
}

/** Runs a scenario once for each call that it makes and each error that the call may answer, twice. */
export class ScenarioRunner {
  readonly counts: Counts = { faults: 0, tolerated: 0 }
  readonly #injector: Injector
  readonly #scenario: Scenario

  constructor(injector: Injector, scenario: Scenario) {
    this.#injector = injector
    this.#scenario = scenario
  }

  async run(): Promise<void> {
    const whole = await this.#runOnce({ nth: 0, choice: 0, persistent: false })
    const sites = this.#injector.recorded(whole.calls)
    for (let at = 0; at < sites.length; at++) {
      if (!isInside(sites, at)) await this.#refuse(at + 1)
    }
  }

  async #refuse(nth: number): Promise<void> {
    let choices = 1
    for (let choice = 0; choice < choices; choice++) {
      for (const persistent of [false, true]) {
        const report = await this.#runOnce({ nth, choice, persistent })
        // A call that came by chance, as of a collection, need not come again, or another comes in its place.
        if (!report.hit) return
        choices = report.choices
        if (report.errno !== 0) this.counts.faults++
      }
    }
  }

  async #runOnce(plan: Plan): Promise<Report> {
    const scenario = this.#scenario
    const state = await scenario.prepare()
    const before = snapshot()
    this.#injector.arm(plan.nth, plan.choice, plan.persistent)
    let result: unknown
    let error: unknown
    let worked = false
    try {
      result = await scenario.act(state)
      worked = true
    } catch (thrown) {
      error = thrown
    }
    const report = this.#injector.disarm()
    const problem = worked ? this.#judgeSuccess(report, plan) : this.#judgeFailure(error, report, before)
    if (problem !== null) throw new Error(`${this.#describe(plan, report)}: ${problem}`, { cause: error })
    try {
      if (worked) await scenario.works?.(result, state)
      else scenario.failed?.(state)
      await scenario.finish(state, result)
    } catch (thrown) {
      throw new Error(`${this.#describe(plan, report)}, afterwards`, { cause: thrown })
    }
    this.#expectWiped(plan, report)
    if (worked && report.hit) this.counts.tolerated++
    return report
  }

  #judgeSuccess(report: Report, { persistent }: Plan): string | null {
    if (!report.hit || report.errno === 0 || isTolerated(report, persistent)) return null
    return this.#scenario.tolerates?.(report, persistent) === true ? null : 'Expected an error but received none'
  }

  #judgeFailure(error: unknown, report: Report, before: string): string | null {
    if (!report.hit) return `Expected it to work but received ${String(error)}`
    const after = snapshot()
    if (after !== before) return `Expected ${before} to be left but received ${after}`
    return problemWith(error, report, this.#scenario)
  }

  #expectWiped(plan: Plan, report: Report): void {
    const unwiped = this.#injector.settle()
    if (unwiped > 0) throw new Error(`${this.#describe(plan, report)}: ${unwiped} mappings were given back unwiped`)
    if (this.#injector.holds(MARKER)) throw new Error(`${this.#describe(plan, report)}: bytes were left in a page`)
  }

  #describe({ nth, choice, persistent }: Plan, { site }: Report): string {
    const later = persistent ? ' and all that follow' : ''
    return `${this.#scenario.name}, call ${nth} (${site === '' ? 'none' : site})${later} refused by error ${choice}`
  }
}
