import { inspect } from 'node:util'
import type { Entry } from '../entry'
import { expectBytes, expectSame, expectThrows } from '../expect'
import type { Step, World } from '../world'

/** Of a secret that is over, everything is refused. */
function refused(entry: Entry, act: () => unknown): boolean {
  if (entry.state === 'open') return false
  expectThrows(act, 'ERR_MEMFD_SECRET_DISPOSED', 'a secret that is over')
  return true
}

function fill(world: World): void {
  const entry = world.pickAny()
  const value = world.random.below(256)
  if (entry === null || refused(entry, () => entry.secret.fill(value))) return
  if (world.attempt(() => entry.secret.fill(value)) === null) return
  entry.contents.fill(value)
  world.checkViews(entry)
}

function set(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  const offset = world.random.between(0, entry.byteLength)
  const bytes = world.random.bytes(world.random.between(0, entry.byteLength - offset))
  if (refused(entry, () => entry.secret.set(bytes, offset))) return
  if (world.attempt(() => entry.secret.set(bytes, offset)) === null) return
  entry.contents.set(bytes, offset)
  world.checkViews(entry)
}

function setFromSecret(world: World): void {
  const [entry, source] = [world.pickAny(), world.pickAny()]
  if (entry === null || source === null) return
  const offset = world.random.between(0, entry.byteLength)
  const act = (): void => entry.secret.set(source.secret, offset)
  if (source.byteLength > entry.byteLength - offset) {
    expectThrows(act, 'ERR_OUT_OF_RANGE', 'a source that does not fit')
    return
  }
  if (refused(entry, act) || refused(source, act)) return
  if (world.attempt(act) === null) return
  entry.contents.set(Buffer.from(source.contents), offset)
  world.checkViews(entry)
}

/** [targetStart, start, end] within room and length. */
function range(world: World, room: number, length: number): [number, number, number] {
  const start = world.random.between(0, length)
  return [world.random.between(0, room), start, world.random.between(0, length)]
}

const countOf = (room: number, [targetStart, start, end]: [number, number, number]): number =>
  Math.max(0, Math.min(end - start, room - targetStart))

function copyToBytes(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  const target = Buffer.alloc(world.random.between(0, entry.byteLength + 8), 0xee)
  const positions = range(world, target.length, entry.byteLength)
  if (refused(entry, () => entry.secret.copyTo(target, ...positions))) return
  const copied = world.attempt(() => entry.secret.copyTo(target, ...positions))
  if (copied === null) return
  const expected = Buffer.alloc(target.length, 0xee)
  const [targetStart, start] = positions
  const count = countOf(target.length, positions)
  entry.contents.copy(expected, targetStart, start, start + count)
  expectSame(copied.value, count, 'how many bytes were copied')
  expectBytes(target, expected, 'the target of copyTo()')
}

function copyToSecret(world: World): void {
  const [entry, target] = [world.pickAny(), world.pickAny()]
  if (entry === null || target === null) return
  const positions = range(world, target.byteLength, entry.byteLength)
  const act = (): number => entry.secret.copyTo(target.secret, ...positions)
  if (refused(entry, act) || refused(target, act)) return
  const copied = world.attempt(act)
  if (copied === null) return
  const count = countOf(target.byteLength, positions)
  const [targetStart, start] = positions
  expectSame(copied.value, count, 'how many bytes were copied')
  target.contents.set(Buffer.from(entry.contents.subarray(start, start + count)), targetStart)
  world.checkViews(target)
}

function equalsBytes(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  const other = Buffer.from(entry.contents)
  const same = world.random.once(2)
  if (!same) {
    const at = world.random.below(other.length)
    other[at] = (other[at] ?? 0) ^ (1 << world.random.below(8))
  }
  if (refused(entry, () => entry.secret.equals(other))) return
  const told = world.attempt(() => entry.secret.equals(other))
  if (told !== null) expectSame(told.value, same, 'equals()')
  if (world.random.once(20)) expectSame(entry.secret.equals(other.subarray(1)), false, 'equals() of another length')
}

function equalsSecret(world: World): void {
  const [entry, other] = [world.pickAny(), world.pickAny()]
  if (entry === null || other === null) return
  const act = (): boolean => entry.secret.equals(other.secret)
  if (refused(entry, act) || refused(other, act)) return
  const told = world.attempt(act)
  if (told !== null) expectSame(told.value, entry.contents.equals(other.contents), 'equals() of two secrets')
}

function reveal(world: World): void {
  const entry = world.pickAny()
  const encoding = world.random.pick(['utf8', 'hex', 'base64', 'latin1'] as const)
  if (entry === null || refused(entry, () => entry.secret.revealString(encoding))) return
  const told = world.attempt(() => entry.secret.revealString(encoding))
  if (told !== null) expectSame(told.value === entry.contents.toString(encoding), true, 'revealString()')
}

/** What can be asked of any secret, at any time, and never shows a byte. */
function look(world: World): void {
  const entry = world.pickAny()
  if (entry === null) return
  const { secret, byteLength, state } = entry
  const shown = `[SecretBuffer: ${byteLength} bytes, ${world.backing}${state === 'open' ? '' : ', disposed'}]`
  expectSame(String(secret), shown, 'toString()')
  expectSame(inspect({ deep: secret }), `{ deep: ${shown} }`, 'util.inspect')
  expectSame(JSON.stringify([secret]), JSON.stringify([shown]), 'JSON.stringify')
  expectSame(secret.byteLength, byteLength, 'byteLength')
  expectSame(secret.backing, world.backing, 'backing')
  expectSame(secret.sealed, entry.sealed, 'sealed')
  expectSame(secret.disposed, state !== 'open', 'disposed')
  for (const view of entry.views) {
    expectSame(inspect(view), `[SecretView: ${view.byteLength} bytes]`, 'util.inspect of a view')
  }
}

export const CONTENTS: readonly Step[] = [
  { name: 'fill', weight: 60, run: fill },
  { name: 'set', weight: 80, run: set },
  { name: 'set from a secret', weight: 40, run: setFromSecret },
  { name: 'copyTo', weight: 60, run: copyToBytes },
  { name: 'copyTo a secret', weight: 40, run: copyToSecret },
  { name: 'equals', weight: 80, run: equalsBytes },
  { name: 'equals, of two', weight: 40, run: equalsSecret },
  { name: 'revealString', weight: 20, run: reveal },
  { name: 'look', weight: 40, run: look },
]
