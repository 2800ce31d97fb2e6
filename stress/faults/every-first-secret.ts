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

type Plan = readonly [nth: number, choice: number, persistent: 0 | 1]

const ONCE = 0
const FROM_THEN_ON = 1

/** The first secret of a process, each in one of its own, with each of its calls refused by each error, once and for good. */
export async function refuseFirstSecrets(tally: Tally): Promise<void> {
  const { recorded } = await runOne([0, 0, 0])

  /** How many errors the call can be made to answer. */
  async function refuse(plan: Plan): Promise<number> {
    const answer = await runOne(plan)
    if (!answer.hit || answer.errno === 0) return answer.choices
    tally.count('faults', 1)
    const problem = problemWith(answer)
    const [nth, choice, persistent] = plan
    const where = `the first secret of a process, call ${nth} (${answer.site})${persistent === 1 ? ' and all that follow' : ''}`
    if (problem !== null) tally.fail(`${where} refused by error ${choice}: ${problem}\n${JSON.stringify(answer)}`)
    return answer.choices
  }

  async function refuseCall(nth: number): Promise<void> {
    const choices = await refuse([nth, 0, ONCE])
    if (choices === 0) return
    await refuse([nth, 0, FROM_THEN_ON])
    for (let choice = 1; choice < choices; choice++) {
      for (const persistent of [ONCE, FROM_THEN_ON] as const) await refuse([nth, choice, persistent])
    }
  }

  const queue = [...recorded.keys()].filter((at) => !isInside(recorded, at)).values()
  const worker = async (): Promise<void> => {
    for (const at of queue) await refuseCall(at + 1)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}
