import { endOf, parseLast, runChild } from '../child'
import { type Context, type Part, Tally } from '../outcome'
import { compiled } from '../paths'

const LATE = 60

interface Told {
  guards: number
  canaries: number
}

export const GUARDS_PART: Part = {
  name: 'guards',
  title: 'native code that runs over and under secrets: guard pages and canaries',
  share: 1,
  async run({ seconds, seed }: Context) {
    const tally = new Tally()
    const command = [process.execPath, compiled('guards/main'), `${seed}`, `${seconds}`]
    const ended = await runChild(command, { seconds: seconds + LATE })
    const told = parseLast<Told>(ended.stdout)
    if (ended.status !== 0 || told === null || told.guards === 0) {
      tally.fail(`seed ${seed}: ${endOf(ended)}`)
      return tally
    }
    tally.count('rounds', told.guards + told.canaries)
    tally.note(`${told.guards.toLocaleString('en-US')} guards, ${told.canaries.toLocaleString('en-US')} canaries`)
    return tally
  },
}
