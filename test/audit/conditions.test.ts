import t from 'tap'
import { probe } from '../../lib/index'
import { evaluate, filtered, limited, ordinaryUser } from '../detection/refusing'
import { AUDIT, skip } from './here'

const serves = probe().backing === 'memfd_secret'
const user = ordinaryUser()

interface Told {
  backing?: string
  none?: number
  planted?: string[]
  code?: string | null
  errno?: number | null
  syscall?: string | null
  message?: string
}

/** Audits a secret that nobody copied, and then one in a Buffer, or tells the error. */
const AUDITED = `
  const { findCopies } = require(${JSON.stringify(AUDIT)})
  const work = async () => {
    const secret = lib.SecretBuffer.random(32, { minBacking: 'heap' })
    try {
      const none = (await findCopies(secret)).length
      globalThis.copy = secret.use((view) => Buffer.from(view))
      const planted = (await findCopies(secret)).map(({ kind, encoding }) => kind + ' ' + encoding)
      answer({ backing: secret.backing, none, planted })
    } catch ({ code, errno = null, syscall = null, message }) {
      answer({ backing: secret.backing, code, errno, syscall, message })
    }
  }`

// Generous: a busy machine reads much memory slowly.
t.setTimeout(240_000)

t.test('the fallback: its own pages, which can be read, are left out', { skip: skip || !serves }, async (t) => {
  const told = evaluate<Told>(`${AUDITED}; work()`, { launchers: [filtered('ENOSYS', 'memfd_secret')] })
  t.match(told, { backing: 'mlock', none: 0, planted: ['malloc raw'] })
  const worker = evaluate<Told>(
    `${AUDITED}
     // Another thread's secret with the same bytes is none of the copies.
     const { Worker, isMainThread } = require('node:worker_threads')
     const library = ${JSON.stringify(AUDIT)}.replace('audit.js', 'index.js')
     // Of a length alone, V8 would make a small one in its own heap, and leave a copy there when it moves out.
     const bytes = new Uint8Array(new ArrayBuffer(32))
     for (let i = 0; i < 32; ++i) bytes[i] = i * 7 + 1
     const secret = lib.SecretBuffer.take(bytes)
     const code = 'const { SecretBuffer } = require(' + JSON.stringify(library) + ');' +
       'globalThis.secret = SecretBuffer.alloc(32); secret.use((view) => { for (let i = 0; i < 32; ++i) view[i] = i * 7 + 1 });' +
       'require("node:worker_threads").parentPort.on("message", () => process.exit());' +
       'require("node:worker_threads").parentPort.postMessage("ready")'
     const worker = new Worker(code, { eval: true })
     worker.once('message', async () => {
       answer({ backing: secret.backing, none: (await findCopies(secret)).length })
       worker.postMessage('end')
     })`,
    { launchers: [filtered('ENOSYS', 'memfd_secret')] },
  )
  t.match(worker, { backing: 'mlock', none: 0 })
})

t.test('the heap backing', async (t) => {
  const launchers = serves || probe().backing === 'mlock' ? [filtered('ENOSYS', 'memfd_secret', 'mlock')] : []
  const told = evaluate<Told>(`${AUDITED}; work()`, { launchers })
  t.match(told, { backing: 'heap', code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: /Expected .* but received/ })
})

t.test('a filter that refuses process_vm_readv', { skip }, async (t) => {
  const told = evaluate<Told>(`${AUDITED}; work()`, { launchers: [filtered('EPERM', 'process_vm_readv')] })
  t.match(told, { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', errno: -1, syscall: 'process_vm_readv', message: /seccomp/ })
})

t.test('an ordinary user', { skip: skip || (user === null && 'cannot become an ordinary user') }, async (t) => {
  const launchers = [user ?? []]
  const found = { none: 0, planted: ['malloc raw'] }
  t.match(evaluate<Told>(`${AUDITED}; work()`, { launchers }), found)
  t.match(
    evaluate<Told>(`${AUDITED}; lib.harden(); if (lib.probe().process.dumpable) throw new Error('dumpable'); work()`, {
      launchers,
    }),
    found,
    'whose process is not dumpable',
  )
  const limit = 64 * 1024
  const told = evaluate<Told>(`${AUDITED}; work()`, { launchers: [limited(limit), ...launchers] })
  t.match(told, { code: 'ERR_MEMFD_SECRET_LIMIT', message: /RLIMIT_MEMLOCK/ }, 'no room for the pages of a search')
})
