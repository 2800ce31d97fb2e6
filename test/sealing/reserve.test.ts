import t from 'tap'
import { probe } from '../../lib/index'
import { evaluate } from '../detection/refusing'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret')
  process.exit()
}

const KIB = 1024
const MIB = 1024 * KIB
const LOWER = JSON.stringify(require.resolve('../fixtures/lower-memlock'))
const RAW = JSON.stringify(require.resolve('../../lib/raw'))

/** What all scripts have: `fill` takes all that the limit leaves, so that the reserve alone is left for secrets. */
const PRELUDE = (limit: number): string => `
  const { memfdSecret, map } = require(${RAW})
  const { closeSync } = require('node:fs')
  const filled = []
  const fill = () => {
    const fd = memfdSecret()
    try { for (;;) filled.push(map(fd, 4096)) } catch (error) { if (!/EAGAIN|EFAULT|ENOMEM/.test(error.code)) throw error }
    closeSync(fd)
    return filled.length
  }
  const locked = () => { const { lockedBytes, reservedBytes } = lib.stats(); return { lockedBytes, reservedBytes } }
  const make = (count) => Array.from({ length: count }, () => lib.SecretBuffer.random(2000))
  require(${LOWER}).lowerMemlock(${limit})`

const ORDERS = {
  'reserved, then sealed': (bytes: number) =>
    `lib.configure({ reserveBytes: ${bytes} }); lib.configure({ sealed: true })`,
  'sealed, then reserved': (bytes: number) =>
    `lib.configure({ sealed: true }); lib.configure({ reserveBytes: ${bytes} })`,
  'in one call': (bytes: number) => `lib.configure({ sealed: true, reserveBytes: ${bytes} })`,
}

// All of the limit, so that nothing but the reserve can serve.
for (const limit of [64 * KIB, 8 * MIB]) {
  for (const [order, configure] of Object.entries(ORDERS)) {
    void t.test(`${order}, under ${limit / KIB} KiB: the reserve serves secrets and their uses`, async (t) => {
      const told = evaluate(`${PRELUDE(limit)}
        ${configure(limit)}
        const taken = fill()
        // Two a page, but for the page of the short ones.
        const secrets = make(${limit / 2 / 2048 - 2})
        const used = Array.from({ length: 8 }, () => lib.SecretBuffer.random(32).use((bytes) => bytes.length))
        const full = codeOf(() => make(1))
        answer([taken, secrets.every((secret) => secret.sealed), used.length, full, locked()])`)
      t.same(told, [0, true, 8, 'ERR_MEMFD_SECRET_LIMIT', { lockedBytes: limit, reservedBytes: limit }])
    })
  }
}

void t.test(
  'what is in the reserve already stays open: a second half is reserved for what will be sealed',
  async (t) => {
    const told = evaluate(`${PRELUDE(192 * KIB)}
    lib.configure({ reserveBytes: ${64 * KIB} })
    const open = make(20)
    lib.configure({ sealed: true })
    const reserved = locked()
    fill()
    const sealed = make(16)
    answer([reserved, open[0].revealString('hex').length, sealed[0].sealed, codeOf(() => make(1)), locked().lockedBytes])`)
    // The second piece of 32 KiB has secrets in it too, so that none can be sealed.
    const bytes = 96 * KIB
    t.same(told, [{ lockedBytes: bytes, reservedBytes: bytes }, 4000, true, 'ERR_MEMFD_SECRET_LIMIT', bytes])
  },
)

void t.test('where there is no room for that half, sealing says so and the reserve stays', async (t) => {
  const told = evaluate(`${PRELUDE(64 * KIB)}
    lib.configure({ reserveBytes: ${64 * KIB} })
    const open = make(20)
    const refused = codeOf(() => lib.configure({ sealed: true }))
    answer([refused, locked(), open.length])`)
  t.same(told, ['ERR_MEMFD_SECRET_LIMIT', { lockedBytes: 64 * KIB, reservedBytes: 64 * KIB }, 20])
})

void t.test('sealed by another thread, the reserve of this one is split at its first sealed secret', async (t) => {
  const told = evaluate(`${PRELUDE(64 * KIB)}
    const { Worker } = require('node:worker_threads')
    lib.configure({ reserveBytes: ${64 * KIB} })
    const library = Object.values(require.cache).find((module) => module.exports === lib).filename
    new Worker('require(require("node:worker_threads").workerData).configure({ sealed: true })', { eval: true, workerData: library })
      .once('exit', () => {
        fill()
        const secrets = make(16)
        answer([secrets[0].sealed, codeOf(() => make(1)), locked().lockedBytes])
      })`)
  t.same(told, [true, 'ERR_MEMFD_SECRET_LIMIT', 64 * KIB])
})
