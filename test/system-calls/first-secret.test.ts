import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { probe } from '../../lib/index'
import { evaluate, has } from '../detection/refusing'

const { reason } = probe().memfdSecret
const skip =
  reason !== null
    ? `memfd_secret does not serve on this kernel: ${reason}`
    : !has('strace') && 'strace is not installed'

t.test('a secret: what is called, and in which order', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'system-calls-'))
  const log = join(folder, 'log')
  try {
    // The marks are system calls that can be told from all others.
    const script = `
      const { accessSync } = require('node:fs')
      const mark = (name) => { try { accessSync('/mark/' + name) } catch {} }
      lib.SecretBuffer.alloc(1)
      mark('begin')
      const secret = lib.SecretBuffer.alloc(32, { isolated: true })
      mark('made')
      secret.dispose()
      mark('end')
      answer(secret.disposed)`
    t.equal(evaluate(script, { launchers: [['strace', '-qq', '-o', log]] }), true)
    const traced = readFileSync(log, 'latin1')
    const between = (from: string, to: string) =>
      traced
        .slice(traced.indexOf(`/mark/${from}"`), traced.indexOf(`/mark/${to}"`))
        .split('\n')
        .slice(1, -1)
    const names = (lines: readonly string[]) => lines.map((line) => /^(\w+)\(/.exec(line)?.[1] ?? line)
    const made = between('begin', 'made')
    t.match(names(made).join(' '), /^memfd_secret ftruncate mmap munmap (mmap )+madvise epoll_ctl close$/)
    t.match(made.at(-1), /= 0$/, 'the descriptor is closed before anything is written')
    t.match(
      made.find((line) => line.startsWith('epoll_ctl')),
      /EBADF/,
      'the page is there',
    )
    t.same(names(between('made', 'end')), ['munmap'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
