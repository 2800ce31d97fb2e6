import { existsSync } from 'node:fs'
import { endOf, parseLast, runChild } from '../child'
import { type Part, Tally } from '../outcome'
import { built, compiled } from '../paths'
import { refuseFirstSecrets } from './every-first-secret'
import { INJECTOR } from './injector'

const LONGEST = 600

/** The native program: each line of its own tells how many faults one scenario took. */
async function refuseNatively(tally: Tally, words: readonly string[]): Promise<void> {
  const ended = await runChild([built('fault_test'), ...words], { seconds: LONGEST })
  let faults = 0
  for (const [, count] of ended.stdout.matchAll(/^# .*: (\d+) faults, \d+ tolerated$/gm)) faults += Number(count)
  tally.count('faults', faults)
  if (ended.status !== 0 || faults === 0) {
    const broken = ended.stdout.split('\n').filter((line) => !/^(?:ok|#) /.test(line))
    tally.fail(`fault_test: ${endOf(ended)}\n${broken.join('\n')}`)
  }
  for (const [, reason] of ended.stdout.matchAll(/# SKIP (.*)$/gm)) tally.note(`native: ${reason}`)
}

interface Told {
  faults: number
  scenarios: number
  failures: string[]
}

/** The whole API in node. */
async function refuseInNode(tally: Tally, words: readonly string[]): Promise<void> {
  const command = [process.execPath, compiled('faults/main'), ...words]
  const ended = await runChild(command, { seconds: LONGEST, env: { LD_PRELOAD: INJECTOR } })
  const told = parseLast<Told>(ended.stdout)
  if (ended.status !== 0 || told === null || told.faults === 0) tally.fail(`the API: ${endOf(ended)}`)
  if (told === null) return
  tally.count('faults', told.faults)
  for (const failure of told.failures) tally.fail(failure)
}

export const FAULTS_PART: Part = {
  name: 'faults',
  title: 'each system call fails, by each error that it may answer',
  share: 1,
  async run({ progress }) {
    const tally = new Tally()
    if (!existsSync(INJECTOR)) {
      tally.note('not run: no injector is built')
      return tally
    }
    progress('native')
    await refuseNatively(tally, [])
    progress('in node')
    await refuseInNode(tally, [])
    progress('the first secret of a process')
    await refuseFirstSecrets(tally)
    return tally
  },
}
