import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { probe } from '../../lib/index'
import { filtered, has, plainEnvironment } from '../detection/refusing'
import { documentedCalls } from './documented'

// What is called while the package does something, by whichever thread, is in docs/system-calls.md, or is Node's. By step
// and not by stack, which would take strace minutes.

/** What V8, libuv and a thread that starts call meanwhile, and no library of the package (imports.test.ts). */
const NODE = [
  ...['brk', 'mprotect', 'pkey_mprotect', 'membarrier', 'sched_yield', 'getrusage'],
  ...['epoll_wait', 'epoll_pwait', 'eventfd2', 'lseek', 'pread64', 'getdents64'],
  ...['rseq', 'set_robust_list', 'sched_getaffinity', 'sched_getparam', 'sched_getscheduler', 'gettid'],
]

/** The calls of each step of a trace by `strace -f`. */
function callsBySteps(traced: string): Map<string, Set<string>> {
  const steps = new Map<string, Set<string>>()
  let current: Set<string> | null = null
  for (const line of traced.split('\n')) {
    const [, call, rest = ''] = /^(?:\d+ +)?(\w+)\((.*)/.exec(line) ?? []
    if (call === undefined) continue
    const step = call === 'access' ? /^"\/step\/(\w*)"/.exec(rest)?.[1] : undefined
    if (step === undefined) current?.add(call)
    else if (step === '') current = null
    else steps.set(step, (current = new Set()))
  }
  return steps
}

function trace(launcher: readonly string[]): Map<string, Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'system-calls-'))
  const log = join(folder, 'log')
  try {
    const fixture = join(packageRoot(), 'out/test/fixtures/every-way.js')
    const args = ['-f', '-qq', '-e', 'signal=none', '-o', log, ...launcher, process.execPath, fixture]
    const { status, stderr } = spawnSync('strace', args, { env: plainEnvironment, encoding: 'utf8', timeout: 240_000 })
    if (status !== 0) throw new Error(`Expected every-way to end but received exit status ${status}: ${stderr}`)
    return callsBySteps(readFileSync(log, 'latin1'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const listed = new Set([...documentedCalls('addon'), ...documentedCalls('node'), ...NODE])

function checkSteps(
  t: { same(actual: unknown, wanted: unknown, what: string): unknown },
  steps: Map<string, Set<string>>,
) {
  for (const [step, calls] of steps) {
    t.same(
      [...calls].filter((call) => !listed.has(call)),
      [],
      `${step}: all are in docs/system-calls.md`,
    )
  }
  return new Set([...steps.values()].flatMap((calls) => [...calls]))
}

const { reason } = probe().memfdSecret
const refused = reason !== null && `memfd_secret does not serve on this kernel: ${reason}`
const skip = refused || (!has('strace') && 'strace is not installed')

t.test('every way', { skip }, async (t) => {
  const steps = trace([])
  t.ok(steps.size > 15, `${steps.size} steps`)
  const made = checkSteps(t, steps)
  const expected =
    'memfd_secret ftruncate mmap munmap madvise epoll_ctl close getrandom msync mremap prctl prlimit64 fstat fstatfs ' +
    'read write socket bind listen connect accept4 getsockopt sendmsg recvmsg process_vm_readv rt_sigaction'
  // What the page says is true too, and the trace sees it.
  t.same(
    expected.split(' ').filter((call) => !made.has(call)),
    [],
  )
})

t.test('under a seccomp filter, with the fallback', { skip }, async (t) => {
  const made = checkSteps(t, trace(filtered('EPERM', 'memfd_secret')))
  t.same(
    ['memfd_secret', 'mlock', 'clone', 'wait4', 'exit_group'].filter((call) => !made.has(call)),
    [],
  )
})
