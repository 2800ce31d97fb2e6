import t from 'tap'
import { SecretBuffer, stats } from '../../lib/index'

// Wherever in use() the stack runs out, the secret is either whole, with the use ended, or wiped. Tried at each level of
// recursions that overflow, on the way back, with frames of several sizes: between two levels lie a few words only.

const PADDINGS = 24

/** Calls act at each level from the deepest on, until it worked at a few. Answers how often the stack overflowed in it. */
function atEachDepth(act: () => void, padding: readonly number[]): number {
  let overflows = 0
  let left = 20
  const descend = (..._padding: number[]): void => {
    try {
      descend(...padding)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    if (left === 0) return
    try {
      act()
      left--
    } catch {
      overflows++
    }
  }
  descend()
  return overflows
}

interface Tried {
  secrets: SecretBuffer[]
  views: Buffer[]
  uses: unknown[]
  overflows: number
}

function tryUse(fn: (bytes: Buffer) => unknown): Tried {
  const tried: Tried = { secrets: [], views: [], uses: [], overflows: 0 }
  for (let words = 0; words < PADDINGS; words++) {
    const secret = SecretBuffer.from('key')
    tried.secrets.push(secret)
    tried.views.push(secret.bytes)
    const act = (): void => {
      if (secret.disposed) return
      const used: unknown = secret.use((bytes) => {
        tried.views.push(bytes)
        return fn(bytes)
      })
      tried.uses.push(used)
    }
    tried.overflows += atEachDepth(act, Array<number>(words).fill(0))
  }
  return tried
}

void t.test('the stack overflows at each place in a use', async (t) => {
  const { secrets, views, overflows } = tryUse((bytes) => {
    if (bytes.toString('latin1') !== 'key') throw new TypeError('Expected the key')
  })
  t.ok(overflows > PADDINGS, `${overflows} overflows`)
  const wiped = secrets.filter((secret) => secret.disposed)
  t.ok(wiped.length > 0, `${wiped.length} in the block that ends a use: wiped`)
  SecretBuffer.alloc(1).dispose()
  const open = secrets.length - wiped.length
  t.equal(views.filter((view) => view.length > 0).length, open, 'from the next entry on, bytes of the others only')
  for (const secret of secrets) await secret[Symbol.asyncDispose]()
  t.ok(views.length > 0 && views.every((view) => view.length === 0), 'no view stays attached')
  t.equal(stats().pendingDisposals, 0)
})

void t.test('and in one whose fn is async', async (t) => {
  const { secrets, views, uses, overflows } = tryUse(async () => {
    await null
  })
  t.ok(overflows > PADDINGS, `${overflows} overflows`)
  await Promise.allSettled(uses)
  for (const secret of secrets) await secret[Symbol.asyncDispose]()
  t.ok(views.length > 0 && views.every((view) => view.length === 0), 'no view stays attached')
  t.equal(stats().pendingDisposals, 0)
})

void t.test('fn that recurses without end', async (t) => {
  const secret = SecretBuffer.from('key')
  const recurse = (): never => recurse()
  t.throws(() => secret.use(recurse), RangeError)
  t.equal(secret.disposed, false, 'enough of the stack was left to end the use as ever')
  t.equal(secret.revealString(), 'key')
  const nest = (): void => void secret.use(nest)
  t.throws(nest, RangeError)
  await secret[Symbol.asyncDispose]()
  t.equal(stats().pendingDisposals, 0)
})
