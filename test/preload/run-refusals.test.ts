import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readElf } from '../../lib/preload/elf'
import { probe } from '../../lib/probe'
import { environment } from './preload-library'
import { command, print, runIn } from './run-command'

const folder = t.testdir({})
const skip = probe().memfdSecret.available ? false : 'memfd_secret is not available'

t.test('what cannot work is refused beforehand', async (t) => {
  const text = join(folder, 'text')
  writeFileSync(text, 'no program')
  const refused = (
    args: readonly string[],
    status: number,
    message: RegExp,
    env: Record<string, string> = {},
  ): void => {
    const ran = runIn(folder, ['run', ...args], env)
    t.strictSame([ran.status, ran.stdout], [status, ''], args.join(' '))
    t.match(ran.stderr, message)
  }
  refused([], 2, /^memfd-secret: Expected a command for run but received nothing\n/)
  refused(['--scope', 'key', 'node'], 2, /^memfd-secret: Expected keys or all for --scope but received 'key'\n/)
  refused(
    ['--min-backing=heap', 'node'],
    2,
    /^memfd-secret: Expected memfd_secret or mlock for --min-backing but received 'heap'\n/,
  )
  refused(['--nope', 'node'], 2, /^memfd-secret: Expected an option of run but received '--nope'\n/)
  refused(['--', 'no-such-command'], 127, /^memfd-secret: Expected a command but found no 'no-such-command'\n$/)
  refused(['--', text], 126, /^memfd-secret: Expected a file that may be run but received /)
  refused(
    ['--min-backing', 'mlock', '--', 'sh', '-c', 'node'],
    125,
    /\/sh, of which it is not known: name the server's own program\n$/,
  )
  const ls = join(folder, 'no-openssl')
  copyFileSync('/bin/ls', ls)
  refused(['--', ls], 125, /no-openssl, which has no OpenSSL in it\n$/)
  const setuid = join(folder, 'setuid')
  copyFileSync(process.execPath, setuid)
  chmodSync(setuid, 0o4755)
  refused(['--', setuid], 125, /setuid, which is set-user-ID or set-group-ID, so that the loader ignores LD_PRELOAD\n$/)
  chmodSync(setuid, 0o755)
  if (spawnSync('setcap', ['cap_net_bind_service=ep', setuid]).status === 0) {
    refused(['--', setuid], 125, /setuid, which has file capabilities, so that the loader ignores LD_PRELOAD\n$/)
  }
  const programs = ['/usr/bin/busybox', '/bin/busybox', '/sbin/ldconfig', '/usr/sbin/ldconfig']
  const statically = programs.find((file) => existsSync(file) && readElf(file)?.loader === null)
  if (statically !== undefined) {
    refused(['--', statically, 'true'], 125, /which is linked statically, so that no loader reads LD_PRELOAD\n$/)
  }
})

t.test('where less than the least backing is had, nothing starts', { skip }, async (t) => {
  if (spawnSync('strace', ['-V']).error !== undefined) return void t.pass('needs strace')
  const wrap = [
    '-qqq',
    '-f',
    '-o',
    '/dev/null',
    '-e',
    'inject=memfd_secret:error=ENOSYS',
    process.execPath,
    command,
    'run',
  ]
  const args = [...wrap, '--min-backing', 'memfd_secret', '--', process.execPath, print]
  const { status, stdout, stderr } = spawnSync('strace', args, {
    env: environment(false),
    encoding: 'utf8',
    timeout: 240_000,
  })
  t.strictSame([status, stdout], [125, ''])
  t.equal(
    stderr,
    "memfd-secret: Expected memfd_secret for OpenSSL's keys but received memfd_secret: errno 38. MEMFD_SECRET_MIN_BACKING asks for it: not started\n",
  )
})
