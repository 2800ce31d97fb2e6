import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { probe } from '../../lib/index'
import { has, plainEnvironment } from '../detection/refusing'

const root = resolve(__dirname, '../../..')
const cli = join(root, 'out/lib/cli/main.js')

function call(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { encoding: 'utf8', timeout: 240_000, env: { ...plainEnvironment, ...env } } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], options)
  return { status, stdout, stderr }
}

const { backing } = probe()
const serves = backing === 'memfd_secret'

t.test('usage', async (t) => {
  t.match(call([]), { status: 2, stdout: '', stderr: /Usage: memfd-secret COMMAND/ })
  for (const word of ['help', '--help', '-h']) {
    t.match(call([word]), { status: 0, stdout: /doctor/, stderr: '' }, word)
  }
  t.match(call(['help', 'doctor']), { status: 0, stdout: /--min-backing/ })
  t.match(call(['doctor', '--help']), { status: 0, stdout: /Exit status: 0/ })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  t.match(call(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
})

t.test('wrong usage is status 2, with a message', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['diagnose'], /Expected one of doctor, .*help but received 'diagnose'/],
    [['constructor'], /but received 'constructor'/],
    [['help', 'diagnose'], /but received 'diagnose'/],
    [['doctor', '--min-backing', 'heap'], /Expected memfd_secret or mlock for --min-backing but received 'heap'/],
    [['doctor', '--min-backing'], /--min-backing/],
    [['doctor', '--colour'], /--colour/],
    [['doctor', 'now'], /now/],
  ]
  for (const [args, message] of wrong) {
    t.match(call(args), { status: 2, stdout: '', stderr: message }, args.join(' '))
  }
})

t.test('doctor: exit status and requirement', async (t) => {
  t.match(call(['doctor', '--min-backing', 'mlock']), { status: 0, stderr: '', stdout: /mlock or stronger: met/ })
  const strict = call(['doctor', '--min-backing', 'memfd_secret'])
  t.match(strict, { status: serves ? 0 : 1, stdout: serves ? /: met \(memfd_secret\)/ : /NOT met/ })
  const told = call(['doctor', '--json'], { MEMFD_SECRET_MIN_BACKING: 'memfd_secret' })
  t.equal(told.status, serves ? 0 : 1)
  t.match(JSON.parse(told.stdout), { schemaVersion: 1, minBacking: 'memfd_secret', met: serves, support: { backing } })
  t.match(call(['doctor'], { MEMFD_SECRET_MIN_BACKING: 'best' }), { status: 2, stderr: /MEMFD_SECRET_MIN_BACKING/ })
})

t.test('doctor sees the inspector in NODE_OPTIONS', async (t) => {
  const { stdout } = call(['doctor', '--json'], { NODE_OPTIONS: '--inspect-port=0' })
  const { findings } = JSON.parse(stdout) as { findings: { id: string; level: string }[] }
  t.match(
    findings.find(({ id }) => id === 'inspector'),
    { level: 'warning', message: /--inspect-port=0/ },
  )
})

t.test('colour on a terminal alone', { skip: has('script') ? false : 'script(1) is not installed' }, async (t) => {
  t.notMatch(call(['doctor']).stdout, /\u001b/, 'a pipe')
  const onTerminal = (env: NodeJS.ProcessEnv) =>
    spawnSync('script', ['-qec', `"${process.execPath}" "${cli}" doctor`, '/dev/null'], {
      encoding: 'utf8',
      timeout: 240_000,
      input: '',
      env: { ...plainEnvironment, SHELL: '/bin/sh', ...env },
    }).stdout
  t.match(onTerminal({ CI: 'true' }), /\u001b\[\d+m/)
  t.notMatch(onTerminal({ NO_COLOR: '1' }), /\u001b/)
})
