import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { probe } from '../../lib/probe'
import { environment, library } from './preload-library'
import { command, print, type Ran, runIn } from './run-command'

const folder = t.testdir({})
const { backing } = probe()
const skip = backing === 'memfd_secret' ? false : 'memfd_secret is not available'
const active = { active: true, scope: 'keys', backing: 'memfd_secret', preload: library }

const run = (args: readonly string[], env: Record<string, string> = {}): Ran => runIn(folder, args, env)

/** What print-status.ts says in a launch form; none of them may say anything else. */
function printed(
  t: { strictSame(found: unknown, wanted: unknown): boolean },
  args: readonly string[],
  env: Record<string, string> = {},
): Record<string, unknown> {
  const { status, stdout, stderr } = run(['run', ...args], env)
  t.strictSame([status, stderr], [0, ''])
  return JSON.parse(stdout || 'null') as Record<string, unknown>
}

const script = join(folder, 'server.js')
writeFileSync(script, `#!/usr/bin/env node\nrequire(${JSON.stringify(print)})\n`)
chmodSync(script, 0o755)
const server = `const { fork } = require('child_process'), cluster = require('cluster')
if (cluster.isPrimary) cluster.fork().on('exit', (code) => process.exit(code))
else { require(${JSON.stringify(print)}); cluster.worker.disconnect() }`
writeFileSync(join(folder, 'cluster.js'), server)
writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: './server.js' } }))
/** Whoever runs the tests may have put other programs first. */
const path = { PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? '/usr/bin:/bin'}` }

t.test('launch forms', { skip }, async (t) => {
  t.match(
    printed(t, ['--', process.execPath, print, 'a', '--b c']),
    { ...active, args: ['a', '--b c'] },
    'node with arguments',
  )
  t.match(printed(t, ['node', print], path), active, 'by PATH, without --')
  t.match(printed(t, ['--', './server.js'], path), active, '#!/usr/bin/env node')
  t.match(printed(t, ['--min-backing', 'memfd_secret', '--', './server.js'], path), active, 'the same, confirmed')
  t.match(printed(t, ['--', 'sh', '-c', `"${process.execPath}" ${print}`]), active, 'sh -c')
  t.match(printed(t, ['--', process.execPath, 'cluster.js']), active, 'a cluster worker')
  t.match(
    printed(t, ['--scope=all', '--max', '32M', '--', process.execPath, print]),
    { ...active, scope: 'all' },
    'options',
  )
  const npm = run(['run', '--', 'npm', 'start', '--silent'], path)
  if (npm.status !== 127) t.match(JSON.parse(npm.stdout || 'null'), active, 'npm start')
})

t.test('no children', { skip }, async (t) => {
  t.match(printed(t, ['--no-children', '--', process.execPath, print]), { ...active, preload: null })
  t.match(printed(t, ['--no-children', '--', './server.js'], path), { ...active, preload: null }, 'through env')
  t.match(printed(t, ['--no-children', '--', process.execPath, 'cluster.js']), { active: false, preload: null })
  const { status, stderr } = run(['run', '--no-children', '--', 'npm', 'start'], path)
  if (status !== 127) t.match([status, stderr], [125, 'Expected the server itself with --no-children but received npm'])
})

t.test('an LD_PRELOAD that is there already stays', { skip }, async (t) => {
  const found = printed(t, ['--', process.execPath, print], { LD_PRELOAD: 'libc.so.6' })
  t.equal(found['preload'], `${library}:libc.so.6`)
})

t.test('the process, its streams, descriptors, signals and exit status are the command’s own', { skip }, async (t) => {
  const child = spawn(process.execPath, [command, 'run', '--', process.execPath, print], { env: environment(false) })
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  t.equal((JSON.parse(String(text)) as { pid: number }).pid, child.pid, 'the same process')
  const ends = (code: string, expected: unknown): void => {
    const { status, signal } = run(['run', '--', process.execPath, '-e', code])
    t.strictSame([status, signal], expected, code)
  }
  ends('process.exit(7)', [7, null])
  ends('process.kill(process.pid, "SIGTERM")', [null, 'SIGTERM'])
  const shell = 'cat; cat <&5; exec 3<&-; yes | head -n 1; grep -i sigign /proc/self/status; echo done >&2'
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${command}" run -- sh -c '${shell}' 5<"$0"`, script],
    {
      env: environment(false),
      input: 'from stdin\n',
      encoding: 'utf8',
      timeout: 240_000,
    },
  )
  t.match(stdout, /^from stdin\n#!\/usr\/bin\/env node\n.*\ny\nSigIgn:\t0{16}\n$/s)
  t.equal(stderr, 'done\n')
})

t.test('assertSupport asks for it', { skip }, async (t) => {
  const code = 'require("memfd-secret").assertSupport({ preload: true }).preload.active'
  const cwd = packageRoot()
  t.match(runIn(cwd, ['run', '--', process.execPath, '-p', code]), { status: 0, stdout: 'true\n' })
  const without = spawnSync(process.execPath, ['-p', code], {
    cwd,
    env: environment(false),
    encoding: 'utf8',
    timeout: 240_000,
  })
  t.match(without.stderr, /Expected the preload library for this process but received none/)
})

t.test('report', { skip }, async (t) => {
  const { status, stderr } = run(['run', '--report', '--', process.execPath, '-e', '0'])
  const [before, after] = stderr.trim().split('\n')
  t.equal(status, 0)
  t.match(
    before,
    /^memfd-secret: 1,000 open TLS connections need a limit of locked memory of \d+ KiB \(ulimit -l \d+\); it is (?:\d+ KiB|unlimited)$/,
  )
  t.match(
    after,
    /^memfd-secret: backing memfd_secret, scope keys, peak \d+ of \d+ bytes locked, \d+ allocations to secret memory, \d+ elsewhere, 0 fallbacks, connections told by their calls$/,
  )
})

t.test('preload-path and help', async (t) => {
  t.strictSame(run(['preload-path']), { status: 0, signal: null, stdout: `${library}\n`, stderr: '' })
  t.equal(run(['preload-path', 'x']).status, 2)
  t.match(run(['run', '--help']), { status: 0, stdout: /^Usage: memfd-secret run / })
})
