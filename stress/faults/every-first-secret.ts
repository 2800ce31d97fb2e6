import { getSystemErrorName } from 'node:util'
import { endOf, parseLast, runChild } from '../child'
import type { Tally } from '../outcome'
import { compiled } from '../paths'
import { INJECTOR, type Report } from './injector'

interface Made {
  backing?: string
  works?: boolean
  code?: string
  errno?: number
  syscall?: string
}

interface Answer extends Report {
  recorded: string[]
  probed: string
  first: Made
  second: Made
  unwiped: number
  warnings: string[]
}

const AT_A_TIME = 2
const CODES: ReadonlySet<string> = new Set(['ERR_MEMFD_SECRET_LIMIT', 'ERR_MEMFD_SECRET_UNAVAILABLE'])

async function runOne(plan: readonly number[]): Promise<Answer> {
  const command = [process.execPath, compiled('faults/first-secret'), ...plan.map(String)]
  const ended = await runChild(command, { seconds: 60, env: { LD_PRELOAD: INJECTOR } })
  const answer = ended.status === 0 ? parseLast<Answer>(ended.stdout) : null
  if (answer === null) throw new Error(`Expected the process to live but received ${endOf(ended)}`)
  return answer
}

/** What is wrong with how a process took it; null where nothing is. */
function problemWith({ first, second, probed, errno, unwiped, warnings }: Answer): string | null {
  if (unwiped > 0) return 'pages were given back unwiped'
  const fellBack = first.backing !== undefined && first.backing !== 'memfd_secret'
  if (fellBack && !warnings.includes('MEMFD_SECRET_FALLBACK')) return `fell back to ${first.backing} without a warning`
  if (first.backing === 'heap' || second.backing === 'heap') return 'fell back to the JavaScript heap'
  if (first.backing !== undefined && first.works !== true) return 'gave a secret that does not work'
  if (first.code !== undefined && !CODES.has(first.code)) return `threw ${first.code}`
  if (first.code !== undefined && first.errno !== undefined && first.errno !== -errno) {
    return `told ${getSystemErrorName(first.errno)} for ${getSystemErrorName(-errno)}`
  }
  // What was tried and refused for good stays so, for the whole process.
  if (second.works !== true && probed === 'memfd_secret') return `gave no second secret: ${second.code}`
  return null
}

/** Runs of one site's calls, as of prefaulting: the first and the last stand for all. */
const isInside = (sites: readonly string[], at: number): boolean =>
  [1, 2].every((distance) => sites[at - distance] === sites[at] && sites[at + distance] === sites[at])

/** [nth, choice, persistent]; where `quick`, one for each kind of call. */
function plansFor(sites: readonly string[], quick: boolean): number[][] {
  const plans: number[][] = []
  for (const [at, site] of sites.entries()) {
    if (quick) {
      if (sites.indexOf(site) === at) plans.push([at + 1, 0, 1])
    } else if (!isInside(sites, at)) {
      for (const choice of [0, 1, 2, 3, 4]) for (const all of [0, 1]) plans.push([at + 1, choice, all])
    }
  }
  return plans
}

/** The first secret of a process, each in one of its own, with each of its calls refused. */
export async function refuseFirstSecrets(tally: Tally, quick: boolean): Promise<void> {
  const { recorded } = await runOne([0, 0, 0])
  const plans = plansFor(recorded, quick)
  const queue = plans.values()
  const worker = async (): Promise<void> => {
    for (const plan of queue) {
      const answer = await runOne(plan)
      if (!answer.hit || answer.errno === 0) continue
      tally.count('faults', 1)
      const problem = problemWith(answer)
      const [nth, choice, all] = plan
      const where = `the first secret of a process, call ${nth} (${answer.site})${all === 1 ? ' and all that follow' : ''}`
      if (problem !== null) tally.fail(`${where} refused by error ${choice}: ${problem}\n${JSON.stringify(answer)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}
