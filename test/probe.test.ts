import t from 'tap'
import { probe, SecretBuffer } from '../lib/index'
import { evaluate, filtered, has } from './detection/refusing'

const { reason } = probe().memfdSecret
const skip = reason === null ? false : `memfd_secret does not serve on this kernel: ${reason}`

t.test('every field has its type', async (t) => {
  const support = probe()
  t.match(support, {
    backing: /^(memfd_secret|mlock|heap)$/,
    memfdSecret: { evidence: Array },
    kernel: { release: String, arch: String },
    memlock: { soft: Number, hard: Number },
    sealing: /^(pkey|mprotect|none)$/,
    preload: { bytesInUse: Number, peakBytes: Number, capacityBytes: Number, fallbacks: Number },
    process: { coreLimit: Number, seccomp: Number },
  })
  for (const flag of ['dumpable', 'inspector', 'swap', 'holdsHibernation'] as const) {
    t.type(support.process[flag], 'boolean', flag)
  }
  t.type(support.memlock.capIpcLock, 'boolean')
  t.ok(support.memfdSecret.evidence.length > 0)
})

t.test('the system call is tried once', { skip: skip || (!has('strace') && 'strace is not installed') }, async (t) => {
  // A filter that is loaded later would be seen by a second trial. strace counts without changing anything.
  const script = `for (let i = 0; i < 50; i++) lib.probe(); answer(lib.probe().memfdSecret.available)`
  t.equal(
    evaluate(script, {
      launchers: [['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=memfd_secret:error=ENOSYS:when=3+']],
    }),
    true,
  )
})

t.test('what is answered belongs to the caller', async (t) => {
  probe().memfdSecret.available = !probe().memfdSecret.available
  t.equal(probe().memfdSecret.reason, reason)
  t.equal(probe().memfdSecret.available, reason === null)
})

t.test('what can change is read anew', { skip }, async (t) => {
  const told = evaluate<[boolean, boolean]>(`
    const before = lib.probe().process.holdsHibernation
    globalThis.kept = lib.SecretBuffer.alloc(32)
    answer([before, lib.probe().process.holdsHibernation])`)
  t.same(told, [false, true])
})

t.test('the memory that secrets use shows, where the kernel tells', { skip }, async (t) => {
  const secret = SecretBuffer.alloc(4096, { isolated: true })
  const { kernel, memlock } = probe()
  if (kernel.accounting === 'at-mmap') t.ok((memlock.used ?? 0) >= 4096)
  else t.equal(memlock.used, null)
  secret.dispose()
})

t.test('the chosen backing stands, in workers too', { skip }, async (t) => {
  const launchers = [filtered('ENOSYS', 'memfd_secret')]
  const told = evaluate<string>(
    `
    lib.SecretBuffer.alloc(1)
    const library = Object.values(require.cache).find((module) => module.exports === lib).filename
    const source = 'const { parentPort, workerData } = require("node:worker_threads"); parentPort.postMessage(require(workerData).probe().backing)'
    new (require('node:worker_threads').Worker)(source, { eval: true, workerData: library }).once('message', answer)`,
    { launchers, flags: ['--no-warnings'] },
  )
  t.equal(told, 'mlock')
})

t.test('never throws, with no descriptor left and /proc unreadable', { skip }, async (t) => {
  const script = `
    const fs = require('node:fs')
    const opened = []
    try { for (;;) opened.push(fs.openSync('/dev/null')) } catch {}
    const { memfdSecret, memlock, process: state } = lib.probe()
    for (const fd of opened) fs.closeSync(fd)
    answer([memfdSecret.reason, memlock, state.seccomp, lib.probe().memfdSecret.reason])`
  const told = evaluate<unknown[]>(script, { launchers: [['prlimit', '--nofile=64:64']] })
  t.match(told, ['fd-limit', { capIpcLock: false }, 0, null])
})
