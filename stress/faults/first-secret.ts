// The first secret of a process, with one system call of the addon refused. Arguments: the nth call, the number of its
// error, 1 where all of its kind that follow fail too. Prints what came of it, as JSON. Started with the injector preloaded.
import { native } from '../../lib/native'
import { probe, SecretBuffer } from '../../lib/index'
import { loadInjector } from './injector'

const [nth = 0, choice = 0, persistent = 0] = process.argv.slice(2).map(Number)
const warnings: string[] = []
process.on('warning', (warning) => warnings.push((warning as NodeJS.ErrnoException).code ?? warning.name))

function makeFirst(): Record<string, unknown> {
  try {
    const secret = SecretBuffer.random(32)
    const works = secret.use((view) => view.length === 32 && !view.equals(Buffer.alloc(32)))
    const { backing } = secret
    secret.dispose()
    return { backing, works }
  } catch (error) {
    const { code, errno, syscall } = error as NodeJS.ErrnoException
    return { code, errno, syscall }
  }
}

function main(): void {
  if (native === null) throw new Error('Expected the addon but received none')
  const injector = loadInjector()
  injector.arm(nth, choice, persistent === 1)
  const { backing: probed } = probe()
  const first = makeFirst()
  const report = injector.disarm()
  const recorded = nth === 0 ? injector.recorded(report.calls) : []
  // Nothing is refused any more: unless the process has settled for less, or for good, it works.
  const second = makeFirst()
  const answer = { ...report, recorded, probed, first, second, unwiped: injector.settle() }
  setImmediate(() => process.stdout.write(`${JSON.stringify({ ...answer, warnings })}\n`))
}

main()
