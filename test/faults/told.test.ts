import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { probe } from '../../lib/index'
import { INJECTOR } from '../../stress/faults/injector'
import type { Outcome } from './refuse'

if (probe().backing !== 'memfd_secret' || !existsSync(INJECTOR)) {
  t.pass('needs memfd_secret and the injector')
  process.exit()
}

const LIMIT = 'ERR_MEMFD_SECRET_LIMIT'
const UNAVAILABLE = 'ERR_MEMFD_SECRET_UNAVAILABLE'
/** A protection key is opened by no system call. */
const skip = probe().sealing !== 'mprotect' && 'seals by protection keys'

function refuse(name: string, choice: number, folder = '/nowhere'): Outcome[] {
  const args = [join(__dirname, 'refuse.js'), name, String(choice), folder]
  const env = { ...process.env, LD_PRELOAD: INJECTOR }
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`Expected the process to live but received ${signal ?? status}: ${stderr}`)
  const outcomes = JSON.parse(stdout) as Outcome[]
  if (outcomes.length === 0) throw new Error('Expected a call to be refused but received none')
  return outcomes
}

const toldOf = (outcomes: readonly Outcome[]): unknown[] =>
  outcomes.map(({ told }) => told.map(({ code, syscall }) => [code, syscall]))

void t.test('sharing a sealed secret tells that its old place could not be wiped', { skip }, async (t) => {
  t.same(toldOf(refuse('share', 1)), [[[UNAVAILABLE, 'mprotect']]])
})

void t.test('toProcess: a copy whose unmapping is refused is wiped', async (t) => {
  const outcomes = refuse('toProcess', 0)
  t.same(toldOf(outcomes).at(-1), [[LIMIT, 'munmap']])
  t.same(new Set(outcomes.map(({ unwiped }) => unwiped)), new Set([0]))
})

void t.test('findCopies: no memory for what it notes is a limit', async (t) => {
  const outcomes = refuse('findCopies', 0)
  t.same(new Set(outcomes.flatMap(({ told }) => told.map(({ code }) => code))), new Set([LIMIT]))
})

void t.test('configure: a failure that is no limit is not told as one', async (t) => {
  const outcomes = refuse('reserve', 0)
  t.same(toldOf(outcomes), [[[UNAVAILABLE, 'ftruncate']]])
  t.equal(outcomes[0]?.reservedBytes, 2 * 4096, 'of the runs before')
})

void t.test('configure, sealed: mprotect is told by its errno', { skip }, async (t) => {
  const [limit] = refuse('reserve, sealed', 0)
  t.match(limit, { told: [{ code: LIMIT, syscall: 'mprotect', message: /the kernel needs/ }] })
  const [other] = refuse('reserve, sealed', 1)
  t.match(other, { told: [{ code: UNAVAILABLE, syscall: 'mprotect' }] })
})

void t.test('a sealed secret that cannot be filled from a file is given back at once', { skip }, async (t) => {
  const outcomes = refuse('fromFileSync', 1, t.testdir())
  t.ok(outcomes.some(({ told }) => told.length > 0))
  t.same(new Set(outcomes.map(({ left }) => left)), new Set([0]))
})

void t.test('asyncDispose tells, as the use does, that the secret could not be wiped', { skip }, async (t) => {
  const failed = [UNAVAILABLE, 'mprotect']
  t.same(toldOf(refuse('asyncDispose', 1)), [[failed, failed]])
})
