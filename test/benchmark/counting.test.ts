import { probe } from 'memfd-secret'
import t from 'tap'
import { COUNTERS } from '../../benchmark/counting/instructions'
import { runProgram } from '../../benchmark/counting/run-program'
import { NotToBeHad } from '../../benchmark/measuring/task'
import { countAddonCalls, countSystemCalls, parseSummary } from '../../benchmark/counting/system-calls'

t.setTimeout(870_000)

const HAS_SECRETMEM = probe().memfdSecret.available

t.test('the table of strace -c is read, with and without errors', async (t) => {
  const text = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 72.88    2.373941         640      3707       472 futex
  5.06    0.164983           4     40003           getrandom
  0.99    0.032385          14      2309      2303 epoll_ctl
------ ----------- ----------- --------- --------- ----------------
100.00    3.257000          70     46019      2775 total
`
  t.same(
    [...parseSummary(text)],
    [
      ['futex', 3707],
      ['getrandom', 40003],
      ['epoll_ctl', 2309],
    ],
  )
})

t.test('instructions are read from what each counter prints; a counter that is not there gives none', async (t) => {
  const [perf, valgrind] = COUNTERS
  const ended = (stderr: string) => ({ stdout: '', stderr })
  t.equal(perf?.read(ended('696528245,,instructions:u,1,100.00,,\n')), 696_528_245)
  t.ok(Number.isNaN(perf?.read(ended('<not supported>,,instructions:u,0,100.00,,\n'))))
  t.equal(valgrind?.read(ended('==17081== Events    : Ir\n==17081== Collected : 696528245\n')), 696_528_245)
  t.ok(Number.isNaN(valgrind?.read(ended('valgrind: command failed'))))
})

t.test('a program that is not installed is told apart from one that fails', async (t) => {
  const missing = await runProgram('no-such-program-here', []).catch((error: unknown) => error)
  t.ok(missing instanceof NotToBeHad, String(missing))
  await t.rejects(runProgram('false', []), /false: 1/)
})

/** Why strace cannot be attached here; undefined where it can. */
async function strangerRefused(): Promise<string | undefined> {
  try {
    await countSystemCalls({ module: 'life', task: 'alloc', args: { bytes: 32 } }, { rounds: 1, warmUp: 1 })
    return undefined
  } catch (error) {
    if (error instanceof NotToBeHad) return error.message
    throw error
  }
}

t.test('a tracer is attached', async (t) => {
  const skip = await strangerRefused()
  t.test('system calls are counted for the rounds alone', { skip: skip ?? !HAS_SECRETMEM }, async (t) => {
    const spec = { module: 'life', task: 'page-each', args: { bytes: 32 } } as const
    const { calls } = await countSystemCalls(spec, { rounds: 256, warmUp: 256 })
    t.equal(calls.get('memfd_secret'), 1, 'a descriptor a round')
    t.equal(calls.get('ftruncate'), 1)
  })

  t.test('the addon makes one getrandom a life, and its stacks tell so', { skip: skip ?? false }, async (t) => {
    const spec = { module: 'life', task: 'secret', args: { bytes: 32 } } as const
    const calls = await countAddonCalls(spec, { rounds: 16, warmUp: 256 }, 'getrandom')
    t.equal(calls.get('getrandom'), 1)
  })

  t.test('what the addon makes besides is counted too', { skip: skip ?? !HAS_SECRETMEM }, async (t) => {
    // Few rounds: where mappings come and go strace reads all of them anew for each stack.
    const spec = { module: 'life', task: 'page-each', args: { bytes: 32 } } as const
    const calls = await countAddonCalls(spec, { rounds: 2, warmUp: 2 }, 'memfd_secret')
    t.equal(calls.get('memfd_secret'), 1)
    t.equal(calls.get('ftruncate'), 1)
    t.notOk(calls.has('getpid'), "OpenSSL's own is not the addon's")
  })
})
