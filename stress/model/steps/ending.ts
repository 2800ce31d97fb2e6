import { collectUntil, turn } from '../../../test/collect-garbage'
import { stats } from '../../../lib/index'
import type { Entry } from '../entry'
import { Difference, expectSame } from '../expect'
import type { Step, World } from '../world'

function dispose(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  const bySymbol = world.random.once(3)
  world.end(entry, () => {
    world.attemptEnd(() => (bySymbol ? entry.secret[Symbol.dispose]() : entry.secret.dispose()))
    entry.dispose()
  })
  world.checkViews(entry)
}

function destroy(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  world.end(entry, () => {
    world.attemptEnd(() => entry.secret.destroy())
    entry.destroy()
  })
  world.checkViews(entry)
}

/** Told once it is wiped, and not before. */
async function disposeLater(world: World): Promise<void> {
  const entry = world.pickAny()
  if (entry === null || entry.told !== null) return
  const told = { yet: false }
  await world.endLater(entry, async () => {
    const over = entry.secret[Symbol.asyncDispose]()
    entry.dispose()
    void over.then(
      () => (told.yet = true),
      (error: unknown) => {
        // Whoever ends it by another way may not be able to wipe it, and both are told.
        if (!world.refusals.isExpected(error)) throw error
        told.yet = true
      },
    )
    entry.told = told
    for (let i = 0; i < 5; i++) await null
  })
  expectTold(entry)
}

function expectTold(entry: Entry): void {
  if (entry.told !== null) expectSame(entry.told.yet, entry.state === 'over', 'whether asyncDispose() has resolved')
}

/** Finalizers run on the event loop. */
async function yieldOnce(world: World): Promise<void> {
  await turn()
  world.checkDead()
}

async function collect(world: World): Promise<void> {
  world.checkDead()
  world.forgetDead()
  await collectUntil(() => stats().quarantinedBytes === 0, 2)
}

/** Lets go of a secret without ending it. In a function of its own, whose frame is gone when it is collected. */
function abandon(world: World): void {
  const entry = world.pickOpen()
  if (entry === null || entry.openUses > 0) return
  entry.destroy()
  world.remove(entry)
  world.counts.collected++
}

/** Secrets that nobody disposes: wiped, counted and gone once they are collected. */
async function forget(world: World): Promise<void> {
  for (let left = world.random.between(1, 5); left > 0; left--) abandon(world)
  const { collected } = world.counts
  world.forgetDead()
  if (!(await collectUntil(() => stats().collectedUndisposed >= collected))) {
    throw new Difference(`Expected ${collected} collected secrets but received ${stats().collectedUndisposed}`)
  }
}

/** All that is alive: where errors pile up late, they are found. */
async function look(world: World): Promise<void> {
  await turn()
  for (const entry of world.entries) {
    expectTold(entry)
    world.checkViews(entry)
    if (entry.state === 'open') expectSame(entry.secret.equals(entry.contents), true, 'equals() of what is alive')
  }
  world.checkDead()
}

export const ENDING: readonly Step[] = [
  { name: 'dispose', weight: 240, run: dispose },
  { name: 'destroy', weight: 60, run: destroy },
  { name: 'asyncDispose', weight: 60, run: disposeLater },
  { name: 'a turn of the event loop', weight: 60, run: yieldOnce },
  { name: 'look at all', weight: 3, run: look },
  { name: 'a collection', weight: 0.5, run: collect },
  { name: 'forget', weight: 0.4, run: forget },
]
