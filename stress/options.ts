import { parseArgs } from 'node:util'
import { importScript } from './paths'
import type { Part } from './outcome'

export const HELP = `Usage: npm run stress -- [options]

Drives the package at random for as long as it is told to: beside a model, with system calls that fail, with input and output
in flight while secrets end, into guard pages, to death, and as a service under load. Each part runs for its share of the
time, or for one whole round.

Options:
  --for TIME          how long all parts together run: 30s, 10m, 2h (default: 60s)
  --only NAME[,NAME]  only these parts; can be repeated
  --seed N            1 to 4294967295 (default: a random one, which is printed)
  --json FILE         the results as JSON, "-" for standard output in place of the table
  --docs              writes the table to docs/stress.md
  --list              prints the parts and stops
  --help              this text

Exit status: 0 all held, 1 something did not, 2 wrong arguments.
`

export class UsageError extends Error {}

export interface Options {
  seconds: number
  seed: number
  parts: readonly Part[]
  json: string | null
  docs: boolean
  show: 'help' | 'list' | null
}

interface Scripts {
  secondsOf: (text: string) => number
  seedOf: (text: string | undefined) => number
}

function parse(args: readonly string[]) {
  const string = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    options: {
      for: { ...string, default: '60s' },
      only: { ...string, multiple: true, default: [] },
      seed: string,
      json: string,
      docs: flag,
      list: flag,
      help: flag,
    },
  }).values
}

export async function parseOptions(args: readonly string[], all: readonly Part[]): Promise<Options> {
  const { secondsOf, seedOf } = (await importScript('fuzz/options.mjs')) as Scripts
  try {
    const values = parse(args)
    const only = values.only.flatMap((names) => names.split(','))
    const unknown = only.find((name) => !all.some((part) => part.name === name))
    if (unknown !== undefined) {
      throw new UsageError(
        `Expected one of ${all.map(({ name }) => name).join(', ')} for --only but received '${unknown}'`,
      )
    }
    return {
      seconds: secondsOf(values.for),
      seed: seedOf(values.seed),
      parts: all.filter(({ name }) => only.length === 0 || only.includes(name)),
      json: values.json ?? null,
      docs: values.docs,
      show: values.help ? 'help' : values.list ? 'list' : null,
    }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
