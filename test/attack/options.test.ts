import t from 'tap'
import { ATTACKS } from '../../attack/attacks/index'
import { parseOptions } from '../../attack/options'
import { runAttacks } from './run-attacks'

t.test('options', async (t) => {
  t.match(parseOptions([], true), { as: ['root'], json: null, docs: false, attacks: ATTACKS })
  t.match(parseOptions([], false), { as: ['user'] })
  t.match(parseOptions(['--as', 'user'], true), { as: ['user'] })
  t.match(parseOptions(['--docs'], true), { as: ['root', 'user'], docs: true })
  t.match(parseOptions(['--docs', '--as', 'root'], true), { as: ['root'] })
  t.match(parseOptions(['--docs'], false), { as: ['user'] })
  t.equal(parseOptions(['--json']).json, '-')
  t.equal(parseOptions(['--json', '-']).json, '-')
  t.equal(parseOptions(['--json', '--list']).json, '-')
  t.equal(parseOptions(['--json', 'file']).json, 'file')
  t.equal(parseOptions(['--json=file']).json, 'file')
  t.same(
    parseOptions(['--only', 'vmsplice,gcore', '--only', 'swap']).attacks.map(({ name }) => name),
    ['gcore', 'swap', 'vmsplice'],
    'in the order of the table',
  )
})

t.test('wrong arguments: status 2, and what was expected', async (t) => {
  for (const args of [
    ['--only', 'rowhammer'],
    ['--only', ''],
    ['--as', 'admin'],
    ['--docs', '--only', 'swap'],
    ['x'],
  ]) {
    const { status, stdout, stderr } = await runAttacks(args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, /Usage: npm run attack/)
    t.equal(stdout, '')
  }
  t.throws(() => parseOptions(['--as', 'root'], false), /Expected to be run by root/)
})

t.test('help, and the list of attacks with what counts as a leak', async (t) => {
  const help = await runAttacks(['--help'])
  t.equal(help.status, 0)
  t.match(help.stdout, /Exit status:/)
  const list = await runAttacks(['--list'])
  t.equal(list.status, 0)
  for (const { name, title, leaks } of ATTACKS) {
    t.ok(list.stdout.includes(`${name}\n    ${title}`), name)
    t.ok(list.stdout.includes(leaks), name)
  }
})
