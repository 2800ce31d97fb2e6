import { UsageError } from '../cli/usage-error'

export interface RunOptions {
  scope?: string
  max?: string
  minBacking?: string
  report: boolean
  children: boolean
  command: string
  args: readonly string[]
}

export const USAGE = `Usage: memfd-secret run [options] -- COMMAND [arguments]

Runs a command whose OpenSSL then keeps keys in secret memory. Replaces itself by the command.

Options:
  --scope keys|all                  what OpenSSL allocates there: what can hold key material (default), or everything
  --max SIZE                        most memory that is locked, as 16M; default 64M, and what the limit allows
  --min-backing memfd_secret|mlock  refuse to start with less
  --report                          say at the start what limit connections need, and at the end what was used
  --no-children                     programs that the command starts run without it
  --help                            print this

Exit status: the command's own; 125 where it was refused, 126 where it may not be run, 127 where there is none.
`

const CHOICES: Record<string, RegExp> = {
  scope: /^(?:keys|all)$/,
  max: /^\d+[KMG]?$/,
  'min-backing': /^(?:memfd_secret|mlock)$/,
}
const EXPECTED: Record<string, string> = {
  scope: 'keys or all',
  max: 'a size in bytes, or with K, M or G,',
  'min-backing': 'memfd_secret or mlock',
}

/** Null where the help was asked for. */
export function parseRunOptions(argv: readonly string[]): RunOptions | null {
  const values = new Map<string, string>()
  const flags = new Set<string>()
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--' || !word.startsWith('-')) break
    const [name = '', given] = word.replace(/^--/, '').split(/=(.*)/s)
    if (word === '-h' || word === '--help') return null
    if (word === '--report' || word === '--no-children') {
      flags.add(name)
      continue
    }
    const choice = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined
    if (choice === undefined || !word.startsWith('--'))
      throw new UsageError(`Expected an option of run but received '${word}'`)
    const value = given ?? argv[++at]
    if (value === undefined || !choice.test(value)) {
      throw new UsageError(
        `Expected ${EXPECTED[name]} for --${name} but received ${value === undefined ? 'nothing' : `'${value}'`}`,
      )
    }
    values.set(name, value)
  }
  const [command, ...args] = argv.slice(argv[at] === '--' ? at + 1 : at)
  if (command === undefined || command === '') throw new UsageError('Expected a command for run but received nothing')
  const [scope, max, minBacking] = ['scope', 'max', 'min-backing'].map((name) => values.get(name))
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(max === undefined ? {} : { max }),
    ...(minBacking === undefined ? {} : { minBacking }),
    report: flags.has('report'),
    children: !flags.has('no-children'),
    command,
    args,
  }
}
