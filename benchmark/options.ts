import { parseArgs } from 'node:util'
import { CASES } from './cases/index'
import type { Effort } from './model'

/** Wrong arguments: exit status 2. */
export class UsageError extends Error {}

export interface Options {
  help: boolean
  list: boolean
  docs: boolean
  quick: boolean
  /** Names of cases. */
  only: string[]
  /** The file for the JSON. */
  json: string
}

export const HELP = `Usage: npm run bench -- [options]

Measures memfd-secret beside sodium-native, a page of memfd_secret(2) for each secret, and plain Buffers: all in turns, in
one run. Prints a table, and each goal with what was measured. Takes some six minutes; other work on the machine spoils it.

Options:
  --quick      a check that everything runs; its figures mean nothing
  --only NAME  this case alone; may be given again
  --list       print the names of the cases and stop
  --json FILE  write all figures there (default: build/bench.json)
  --docs       write the tables and pictures into README.md, docs/performance.md and docs/images
  --help       print this

Exit status: 0 measured, whether goals are met or not; 1 a case failed; 2 wrong arguments.
`

function parse(argv: readonly string[]): Partial<Options> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        list: { type: 'boolean' },
        docs: { type: 'boolean' },
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError */
export function readOptions(argv: readonly string[], defaultFile: string): Options {
  const { help = false, list = false, docs = false, quick = false, only = [], json = defaultFile } = parse(argv)
  const names = CASES.map(({ name }) => name)
  for (const name of only) {
    if (!names.includes(name))
      throw new UsageError(`Expected one of ${names.join(', ')} for --only but received ${name}`)
  }
  if (docs && (quick || only.length > 0)) {
    throw new UsageError('Expected a whole run for --docs but received --quick or --only')
  }
  return { help, list, docs, quick, only, json }
}

/**
 * A slice lasts over several collections of garbage, and over the finalizers that they call: a shorter one would leave
 * them out of the median.
 */
export function effortOf({ quick }: Pick<Options, 'quick'>): Effort {
  return quick
    ? { quick, turns: 3, sliceMilliseconds: 4, warmUpMilliseconds: 10 }
    : { quick, turns: 15, sliceMilliseconds: 150, warmUpMilliseconds: 500 }
}
