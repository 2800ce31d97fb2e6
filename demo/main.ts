/** The demonstration that `npm start` runs: see HELP in options.ts. */
import { release } from 'node:os'
import { HOLDER_TITLES } from './attack-names'
import { demonstrate } from './demonstration'
import { judge } from './judgement'
import { type KeyForTheRun, makeKey } from './key'
import { EXIT, HELP, type Options, parseOptions, UsageError } from './options'
import { prepareToAttack } from '../attack/prepare'
import { wantsColour } from '../attack/report/colour'
import { renderReport, type Report } from './report'

async function makeReport(key: KeyForTheRun, options: Options): Promise<Report> {
  const uid = process.getuid?.() ?? -1
  const holders = await demonstrate(key, options, (holder) => {
    if (!options.json) process.stdout.write(`Attacking a key held in: ${HOLDER_TITLES[holder]} ...\n`)
  })
  return {
    kernel: release(),
    node: process.version,
    attacker: { uid, root: uid === 0 },
    key: { description: key.description, byteLength: key.byteLength },
    holders,
    result: judge(holders),
  }
}

async function run(options: Options): Promise<number> {
  const key = makeKey()
  // Also where a signal ends the run, as below: the key's file must not stay.
  process.on('exit', () => key.remove())
  const report = await makeReport(key, options)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else process.stdout.write(`\n${renderReport(report, wantsColour(process.stdout.isTTY, process.env))}`)
  return report.result.exitCode
}

function explain(error: unknown): number {
  const usage = error instanceof UsageError
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(usage ? `${message}\n\n${HELP}` : `The demonstration failed: ${message}\n`)
  return usage ? EXIT.usage : EXIT.failed
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.shown
  }
  if (process.platform !== 'linux') {
    process.stderr.write(`Nothing shown: memfd_secret is of Linux, and this is ${process.platform}.\n`)
    return EXIT.notShown
  }
  prepareToAttack()
  return run(options)
}

void main()
  .catch(explain)
  .then((exitCode) => (process.exitCode = exitCode))
