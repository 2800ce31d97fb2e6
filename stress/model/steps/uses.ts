import type { SecretView } from '../../../lib/index'
import type { Entry } from '../entry'
import { Difference, expectBytes, expectCode, expectSame, expectThrows } from '../expect'
import type { Step, World } from '../world'

/** Writes through a view, and in the model. */
function writeThrough(world: World, entry: Entry, view: SecretView): void {
  // Of the JavaScript heap, a view is a copy that an ended secret no longer takes over.
  if (!world.sharesViews && entry.state !== 'open') return
  const offset = world.random.below(entry.byteLength)
  const bytes = world.random.bytes(world.random.between(1, Math.min(64, entry.byteLength - offset)))
  view.set(bytes, offset)
  entry.contents.set(bytes, offset)
  // Its other views see it at the next call of the secret's.
  if (!world.sharesViews) expectSame(entry.secret.equals(entry.contents), true, 'equals() after a write')
}

class Thrown extends Error {}

type Inside = 'read' | 'write' | 'nest' | 'dispose' | 'destroy' | 'throw' | 'escape' | 'other'
const INSIDE: readonly Inside[] = [
  'read',
  'read',
  'write',
  'write',
  'nest',
  'dispose',
  'destroy',
  'throw',
  'escape',
  'other',
]

/** What the callback of a use() does. */
function inside(world: World, entry: Entry, view: SecretView, what: Inside, depth: number): unknown {
  expectBytes(view, entry.contents, 'the view of a use()')
  switch (what) {
    case 'write':
      writeThrough(world, entry, view)
      break
    case 'nest':
      if (depth < 3) useOnce(world, entry, depth + 1)
      break
    case 'other': {
      const other = world.pickOpen()
      if (other !== null && depth < 3) useOnce(world, other, depth + 1)
      break
    }
    case 'dispose':
      entry.secret.dispose()
      entry.dispose()
      break
    case 'destroy':
      world.end(entry, () => {
        entry.secret.destroy()
        entry.destroy()
      })
      expectSame(view.byteLength, 0, 'the view of a destroyed secret')
      break
    case 'throw':
      throw new Thrown()
    case 'escape':
      return world.random.once(2) ? view : view.subarray(0, 1)
    case 'read':
  }
  return what
}

/** A use() that returns before the step does. */
function useOnce(world: World, entry: Entry, depth: number): void {
  if (entry.state !== 'open') {
    expectThrows(() => entry.secret.use(() => 1), 'ERR_MEMFD_SECRET_DISPOSED', 'use() of a secret that is over')
    return
  }
  const what = world.random.pick(INSIDE)
  let seen: SecretView | null = null
  let answer: unknown
  let thrown: unknown
  let begun = false
  world.end(entry, () => {
    try {
      answer = world.refusals.attempt(() =>
        entry.secret.use((view) => {
          world.refusals.calm()
          begun = true
          seen = view
          entry.startUse()
          entry.running++
          return inside(world, entry, view, what, depth)
        }),
      )
    } catch (error) {
      thrown = error
    }
    if (begun) {
      entry.running--
      entry.endUse()
    }
  })
  if (thrown instanceof Difference) throw thrown
  if (!begun) {
    if (!world.refusals.isExpected(thrown)) throw thrown
    world.counts.refused++
    return
  }
  world.counts.uses++
  expectSame((seen as SecretView | null)?.byteLength, 0, 'the view of a use() that is over')
  if (what === 'throw') expectSame(thrown instanceof Thrown, true, 'what the callback threw')
  else if (what === 'escape') expectCode(thrown, 'ERR_MEMFD_SECRET_VIEW_ESCAPED', 'a view that escapes')
  else if (thrown !== undefined) throw thrown
  else expectSame(answer, what, 'what use() answers')
  world.checkViews(entry)
}

function use(world: World): void {
  const entry = world.pickAny()
  if (entry !== null) useOnce(world, entry, 0)
}

/** A use() that lasts until a later step settles its promise. */
function open(world: World): void {
  const entry = world.pickAny()
  if (entry === null || entry.uses.length >= 4) return
  if (entry.state !== 'open') {
    expectThrows(() => entry.secret.use(async () => 1), 'ERR_MEMFD_SECRET_DISPOSED', 'use() of a secret that is over')
    return
  }
  let settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined
  let seen: SecretView | undefined
  const opened = world.attempt(() =>
    entry.secret.use((view) => {
      world.refusals.calm()
      seen = view
      return new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }))
    }),
  )
  if (opened === null) return
  if (settle === undefined || seen === undefined) throw new Difference('Expected the callback to be called')
  // Its rejection is looked at when it is settled.
  opened.value.catch(() => undefined)
  entry.startUse()
  entry.uses.push({ view: seen, promise: opened.value, ...settle })
  world.counts.uses++
  world.checkViews(entry)
}

async function settle(world: World): Promise<void> {
  const entry = world.pickAny()
  if (entry === null || entry.uses.length === 0) return
  const index = world.random.below(entry.uses.length)
  const opened = entry.uses[index]
  if (opened === undefined) return
  const how = world.random.pick(['value', 'value', 'error', 'view'] as const)
  const { view, promise } = opened
  let answer: unknown
  let thrown: unknown
  await world.endLater(entry, async () => {
    if (how === 'error') opened.reject(new Thrown())
    else opened.resolve(how === 'view' ? view : how)
    try {
      answer = await promise
    } catch (error) {
      thrown = error
    }
    entry.uses.splice(index, 1)
    entry.endUse()
  })
  expectSame(view.byteLength, 0, 'the view of a use() that is over')
  if (how === 'error') expectSame(thrown instanceof Thrown, true, 'what the promise rejected with')
  else if (how === 'view') expectCode(thrown, 'ERR_MEMFD_SECRET_VIEW_ESCAPED', 'a view that escapes')
  else if (thrown !== undefined) throw thrown
  else expectSame(answer, how, 'what use() resolves to')
  world.checkViews(entry)
}

function bytes(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  if (entry.state !== 'open') {
    expectThrows(() => entry.secret.bytes, 'ERR_MEMFD_SECRET_DISPOSED', 'bytes of a secret that is over')
    return
  }
  if (entry.sealed) {
    expectThrows(() => entry.secret.bytes, 'ERR_MEMFD_SECRET_SEALED', 'bytes of a sealed secret')
    return
  }
  const view = world.attempt(() => entry.secret.bytes)
  if (view === null) return
  if (entry.bytes !== null) expectSame(view.value, entry.bytes, 'bytes, asked for twice')
  entry.bytes = view.value
  expectSame(Buffer.isBuffer(view.value), true, 'Buffer.isBuffer(bytes)')
  world.checkViews(entry)
}

function write(world: World): void {
  const entry = world.pickAny()
  if (entry === null || entry.state === 'over' || entry.views.length === 0) return
  writeThrough(world, entry, world.random.pick(entry.views))
  world.checkViews(entry)
}

export const USES: readonly Step[] = [
  { name: 'use', weight: 220, run: use },
  { name: 'open a use', weight: 70, run: open },
  { name: 'settle a use', weight: 220, run: settle },
  { name: 'bytes', weight: 60, run: bytes },
  { name: 'write through a view', weight: 90, run: write },
]
