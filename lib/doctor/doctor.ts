import { parseArgs } from 'node:util'
import { type Backing, isBacking } from '../backing'
import { UsageError } from '../cli/usage-error'
import { packageVersion } from '../cli/version'
import { acceptedBacking } from '../policy'
import { probe } from '../probe'
import { examine } from './examine'
import { render, renderJson, wantsColour } from './render'
import { readSurroundings } from './surroundings'

export const DOCTOR_HELP = `Usage: memfd-secret doctor [--json] [--min-backing memfd_secret|mlock]

Says what protects the secrets of a process started like this one (same user, limits, container), why, and what to do.

Options:
  --json                 the report as JSON, with a schemaVersion
  --min-backing BACKING  the weakest backing that will do: memfd_secret, mlock
                         (default: MEMFD_SECRET_MIN_BACKING, else mlock on Linux)
  --help                 print this

Exit status: 0 the requirement is met, 1 it is not, 2 wrong arguments.
`

interface Options {
  json: boolean
  help: boolean
  minBacking: Backing
}

function parse(argv: readonly string[]): Options {
  const options = {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    'min-backing': { type: 'string' },
  } as const
  const read = () => parseArgs({ args: [...argv], options, allowPositionals: false }).values
  let values: ReturnType<typeof read>
  try {
    values = read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const wanted = values['min-backing']
  if (wanted !== undefined && (!isBacking(wanted) || wanted === 'heap')) {
    throw new UsageError(`Expected memfd_secret or mlock for --min-backing but received '${wanted}'`)
  }
  return { json: values.json === true, help: values.help === true, minBacking: requiredBacking(wanted) }
}

/** The environment's requirement holds too, as it does for the service; a word in it that is no backing is wrong usage. */
function requiredBacking(wanted: Backing | undefined): Backing {
  try {
    return acceptedBacking(wanted)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** `memfd-secret doctor`: answers the exit status. */
export function doctor(argv: readonly string[]): number {
  const { json, help, minBacking } = parse(argv)
  if (help) {
    process.stdout.write(DOCTOR_HELP)
    return 0
  }
  const report = examine(probe(), readSurroundings(), { minBacking, version: packageVersion() })
  const colour = wantsColour(process.stdout.isTTY, process.env)
  process.stdout.write(json ? renderJson(report) : render(report, colour))
  return report.met ? 0 : 1
}
