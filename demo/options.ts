import { parseArgs } from 'node:util'
import { ATTACK_NAMES, type AttackName } from './attack-names'

export interface Options {
  json: boolean
  help: boolean
  attacks: readonly AttackName[]
  leaveDescriptorOpen: boolean
}

/** Exit statuses of the demonstration; `--help` prints what they mean. */
export const EXIT = { shown: 0, leaked: 1, usage: 2, notShown: 3, failed: 4 } as const

export const HELP = `usage: npm start -- [--json] [--attacks LIST] [--leave-descriptor-open] [--help]

A victim process holds a private key (RSA, PKCS#8 PEM, made for the run) three ways: in an ordinary
Buffer, in the mlock fallback, and in memfd_secret memory. It signs with it. Then an attacker process
of the same user, or root, tries to read the key out of the victim, and a table says what came of it.

  --json                   the result as JSON on stdout, and nothing else there (with npm start --silent)
  --attacks LIST           only these, separated by commas; default: all
                           ${ATTACK_NAMES.slice(0, 4).join(',')},
                           ${ATTACK_NAMES.slice(4).join(',')}
  --leave-descriptor-open  make a mistake on purpose: the victim keeps the descriptor of its secret
                           memory open, pidfd_getfd takes it, and the run ends with status 1
  --help                   this text

Exit status:
  0  the ordinary Buffer leaked, secret memory leaked by injected code alone
  1  secret memory leaked in another way
  2  wrong arguments
  3  nothing was shown: this machine lacks memfd_secret, or the right to attack another process
  4  the demonstration itself failed: a process broke, or an attack that had the right to read the
     ordinary Buffer did not find the key there

Colours only on a terminal, and not where NO_COLOR is set. Nothing of the system is changed: limits are
raised for the victim alone, and its files live in a temporary folder that is removed at the end.
`

export class UsageError extends Error {}

function isAttackName(name: string): name is AttackName {
  return (ATTACK_NAMES as readonly string[]).includes(name)
}

function parseAttacks(list: string | undefined): readonly AttackName[] {
  if (list === undefined) return ATTACK_NAMES
  const names = list.split(',')
  for (const name of names) {
    if (!isAttackName(name)) {
      throw new UsageError(`Expected a list of ${ATTACK_NAMES.join(', ')} for --attacks but received '${list}'`)
    }
  }
  return ATTACK_NAMES.filter((name) => names.includes(name))
}

/** Throws UsageError for what it does not know. */
export function parseOptions(args: readonly string[]): Options {
  const parse = () =>
    parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        attacks: { type: 'string' },
        'leave-descriptor-open': { type: 'boolean', default: false },
      },
    })
  let values: ReturnType<typeof parse>['values']
  try {
    values = parse().values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  return {
    json: values.json === true,
    help: values.help === true,
    attacks: parseAttacks(values.attacks),
    leaveDescriptorOpen: values['leave-descriptor-open'] === true,
  }
}
