import { parseArgs } from 'node:util'
import { ATTACKS } from './attacks/index'
import type { Attack } from './attack'

export type Attacker = 'root' | 'user'

export interface Options {
  help: boolean
  list: boolean
  attacks: readonly Attack[]
  /** In this order. */
  as: readonly Attacker[]
  /** File for the JSON, '-' for standard output, null for none. */
  json: string | null
  /** Write the tables and the picture into docs/. */
  docs: boolean
}

export const HELP = `Usage: npm run attack -- [options]

Holds a known secret in five ways, each in a process of its own, tries to read or to overwrite it by every attack
that there is, and says in a table what came of it. A secret counts as leaked if it is found in the bytes that an
attack obtained, as overwritten if its owner reads other bytes. Each attack is first seen to work where it must.

Options:
  --only NAME[,NAME]  only these attacks; can be repeated
  --as root|user      who attacks: root, or the same user as the victim, without any capability. Default: root where
                      root runs this
  --json [FILE]       the results as JSON on standard output in place of the table, or in a file
  --docs              write the tables into docs/threat-model.md and the picture of root's to docs/images/attacks.svg;
                      as root it runs as both
  --list              the attacks, and what counts as a leak of each
  --help              this text

Exit status: 0 all is as docs/threat-model.md says, 1 something is not, 2 wrong arguments.

As root the attack named swap adds a swap file of 32 MB to the machine, and takes it away again. Nothing else of the
system is changed. Files are in a temporary folder, which is removed.
`

export class UsageError extends Error {}

/** parseArgs knows no option whose value may be left out. */
function withJsonValue(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    if (arg !== '--json') return arg
    const next = args[index + 1]
    return next === undefined || next.startsWith('--') ? '--json=-' : arg
  })
}

function chosenAttacks(only: readonly string[]): readonly Attack[] {
  if (only.length === 0) return ATTACKS
  const names = only.flatMap((list) => list.split(','))
  for (const name of names) {
    if (!ATTACKS.some((attack) => attack.name === name)) {
      throw new UsageError(`Expected the name of an attack for --only but received '${name}' (--list names them)`)
    }
  }
  return ATTACKS.filter(({ name }) => names.includes(name))
}

function chosenAttackers(as: string | undefined, docs: boolean, root: boolean): readonly Attacker[] {
  if (as === undefined) return root ? (docs ? ['root', 'user'] : ['root']) : ['user']
  if (as !== 'root' && as !== 'user') throw new UsageError(`Expected root or user for --as but received '${as}'`)
  if (as === 'root' && !root) throw new UsageError('Expected to be run by root for --as root')
  return [as]
}

/** Throws UsageError for what it does not know. */
export function parseOptions(args: readonly string[], root = process.getuid?.() === 0): Options {
  const parse = () =>
    parseArgs({
      args: withJsonValue(args),
      options: {
        only: { type: 'string', multiple: true },
        as: { type: 'string' },
        json: { type: 'string' },
        docs: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  let values: ReturnType<typeof parse>['values']
  try {
    values = parse().values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const { docs = false, only = [] } = values
  if (docs && only.length > 0) throw new UsageError('Expected all attacks for --docs but received --only')
  return {
    help: values.help === true,
    list: values.list === true,
    attacks: chosenAttacks(only),
    as: chosenAttackers(values.as, docs, root),
    json: values.json ?? null,
    docs,
  }
}
