import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { probe } from '../../lib/index'
import { packageRoot } from '../../lib/addon-file'
import { has } from '../detection/refusing'
import { environment, library } from '../preload/preload-library'
import { Attribution } from './attribute'
import { documentedCalls } from './documented'

// The preload library in a program so small that strace tells the stack of each call at once; but for the two that it makes
// by the thousand.

const program = join(packageRoot(), 'build/Release/fake_openssl')
const { reason } = probe().memfdSecret

/** A stack of this process's own: not every strace can tell one. */
const tellsStacks = () => / > \S/.test(spawnSync('strace', ['-k', '-qq', 'true'], { encoding: 'utf8' }).stderr)

const skip =
  (reason !== null && `memfd_secret does not serve on this kernel: ${reason}`) ||
  (!existsSync(program) && 'not built') ||
  (!has('strace') && 'strace is not installed') ||
  (!tellsStacks() && 'this strace cannot tell stacks')

t.test('the preload library makes no call that docs/system-calls.md does not name', { skip }, async (t) => {
  const documented = documentedCalls('preload')
  const all = new Set<string>()
  for (const play of ['resizing', 'scope', 'fork']) {
    const args = [
      '-f',
      '-k',
      '-qq',
      '-e',
      'signal=none',
      '-e',
      'trace=!epoll_ctl,futex',
      '-E',
      `LD_PRELOAD=${library}`,
      program,
      play,
    ]
    const { status, stderr } = spawnSync('strace', args, {
      env: environment(false),
      encoding: 'utf8',
      timeout: 240_000,
      maxBuffer: 1 << 26,
    })
    t.equal(status, 0, play)
    const seen = new Attribution()
    for (const line of stderr.split('\n')) seen.line(line)
    const made = [...seen.calls.preload.keys()]
    for (const call of made) all.add(call)
    t.same(
      made.filter((call) => !documented.has(call)),
      [],
      `${play}: all are in the page`,
    )
  }
  t.same(
    ['memfd_secret', 'ftruncate', 'mmap', 'madvise', 'close', 'munmap', 'mremap', 'pipe2'].filter(
      (call) => !all.has(call),
    ),
    [],
    'the trace sees them',
  )
})
