import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretBuffer } from '../../../lib/index'
import { open, type ProcessHandle, receiveSecret, sendSecret, toProcess, toWorker } from '../../../lib/share'
import type { Entry } from '../entry'
import { Difference, expectBytes, expectRejects, expectSame, expectThrows } from '../expect'
import { LookingThread, type Seen } from '../worker'
import type { Step, World } from '../world'

const BAD_HANDLE = 'ERR_MEMFD_SECRET_BAD_HANDLE'
const UNAVAILABLE = 'ERR_MEMFD_SECRET_UNAVAILABLE'

/** Whether its memory would have to move, which views forbid: that of a slot, and the fallback's pages. */
const mustMove = (world: World, entry: Entry): boolean =>
  entry.shared === null && !(entry.own && world.backing === 'memfd_secret')

/** Shares it, once or again. Answers whether it is shared. */
function share(world: World, entry: Entry): boolean {
  const act = () => toWorker(entry.secret)
  if (entry.state !== 'open') {
    expectThrows(act, 'ERR_MEMFD_SECRET_DISPOSED', 'toWorker() of what is over')
    return false
  }
  const viewed = !entry.sealed && entry.views.length > 0
  if (world.backing === 'heap' || (viewed && mustMove(world, entry))) {
    expectThrows(act, UNAVAILABLE, 'toWorker() of what cannot be shared')
    return false
  }
  const handle = world.attempt(act)
  if (handle === null) return false
  expectSame(handle.value.byteLength, entry.byteLength, 'the byteLength of a handle')
  if (entry.shared !== null) expectSame(handle.value.id, entry.shared.id, 'the id of what is shared again')
  entry.shared = handle.value
  entry.own = true
  world.checkViews(entry)
  return true
}

/** A second SecretBuffer over the same pages, of this thread too. */
function openShared(world: World): void {
  const entry = world.pickAny()
  if (entry === null || world.full || !share(world, entry)) return
  const handle = entry.shared
  if (handle === null) return
  const opened = world.attempt(() => open(handle))
  if (opened === null) return
  const other = world.addOver(opened.value, entry.cell, { sealed: entry.sealed, own: true })
  other.shared = handle
  world.checkViews(other)
  const wrong = { id: handle.id, byteLength: handle.byteLength + 1 }
  if (world.random.once(4)) expectThrows(() => open(wrong), BAD_HANDLE, 'a handle of another length')
}

function openGone(world: World): void {
  if (world.backing === 'heap') return
  const secret = world.attempt(() => SecretBuffer.random(32))
  if (secret === null) return
  const handle = world.attempt(() => toWorker(secret.value))
  secret.value.dispose()
  if (handle !== null) expectThrows(() => open(handle.value), BAD_HANDLE, 'a handle that nobody holds')
  expectThrows(() => open({ id: BigInt(world.random.next()), byteLength: 32 }), BAD_HANDLE, 'a handle of nobody')
}

let thread: LookingThread | null = null

export async function endThread(): Promise<void> {
  await thread?.end()
}

/** What another thread sees, and writes. A sealed secret that is in use here is looked at as it is at rest. */
async function inThread(world: World): Promise<void> {
  const entry = world.pickAny()
  if (entry === null || entry.byteLength > 20_000 || !share(world, entry) || entry.shared === null) return
  thread ??= new LookingThread()
  const offset = world.random.below(entry.byteLength)
  const bytes = world.random.bytes(world.random.between(1, Math.min(32, entry.byteLength - offset)))
  const write = world.random.once(2) ? { bytes, offset } : null
  const seen: Seen = await thread.look({ handle: entry.shared, write })
  if (seen.error !== undefined) {
    if (world.refusals.isExpected(Object.assign(new Error(seen.error.message), seen.error))) return
    throw new Difference(`Expected a look from a thread but received ${seen.error.code} ${seen.error.message}`)
  }
  expectSame(seen.secrets, 0, 'the secrets of a thread that has disposed of its own')
  expectSame(seen.sealed, entry.sealed, 'sealed, in a thread')
  expectBytes(seen.bytes ?? Buffer.alloc(0), entry.cell.bytes, 'the bytes in a thread')
  if (write !== null) entry.cell.bytes.set(write.bytes, write.offset)
  world.checkViews(entry)
}

/** By a descriptor of a copy, opened in this process. */
function byDescriptor(world: World): void {
  const entry = world.pickAny()
  if (entry === null || world.full) return
  const act = (): ProcessHandle => toProcess(entry.secret)
  if (entry.state !== 'open') return expectThrows(act, 'ERR_MEMFD_SECRET_DISPOSED', 'toProcess() of what is over')
  if (world.backing !== 'memfd_secret') return expectThrows(act, UNAVAILABLE, 'toProcess() of another backing')
  const made = world.attempt(act)
  if (made === null) return
  const handle = made.value
  const { fd, byteLength, ino } = handle
  try {
    expectSame(byteLength, entry.byteLength, 'the byteLength of a descriptor')
    expectThrows(() => open({ fd, byteLength: byteLength + 1 }), BAD_HANDLE, 'a descriptor of another size')
    expectThrows(() => open({ fd, ino: `${ino}1` }), BAD_HANDLE, 'a descriptor of another inode')
    if (byteLength > 1) {
      expectThrows(() => open(fd, { maxBytes: byteLength - 1 }), 'ERR_MEMFD_SECRET_TOO_LARGE', 'a small maxBytes')
    }
    const options = world.options()
    const opened = world.attempt(() => open(world.random.once(2) ? handle : fd, options))
    if (opened !== null) world.checkViews(world.add(opened.value, entry.contents, options))
  } finally {
    handle.close()
    handle.close()
  }
}

let sockets = 0
const nextPath = (): string => join(tmpdir(), `memfd-secret-stress-${process.pid}-${++sockets}`)

/** By a socket, both ends here. */
async function bySocket(world: World): Promise<void> {
  const entry = world.pickOpen()
  if (entry === null || world.full || world.backing !== 'memfd_secret') return
  const path = nextPath()
  const options = world.options()
  const name = `secret ${sockets}`
  const handed = await world.attemptLater(async () => {
    const controller = new AbortController()
    const { signal } = controller
    const callOff = (error: unknown): never => {
      setTimeout(() => controller.abort(), 20)
      throw error
    }
    const ends = await Promise.allSettled([
      receiveSecret(path, { ...options, signal }).catch(callOff),
      sendSecret(path, entry.secret, { name, signal }).catch(callOff),
    ])
    const [received, sent] = ends
    if (received.status === 'fulfilled' && sent.status === 'fulfilled') return received.value
    if (received.status === 'fulfilled') received.value.secret.dispose()
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
    throw failures.find((failure) => world.refusals.isExpected(failure)) ?? failures[0]
  })
  if (handed === null) return
  expectSame(handed.value.name, name, 'the name of what was received')
  world.checkViews(world.add(handed.value.secret, entry.contents, options))
}

/** Whatever somebody writes to the socket: no message of sendSecret(), and no secret. */
async function bySomebodyElse(world: World): Promise<void> {
  if (world.backing === 'heap') return
  const path = nextPath()
  const message = world.random.bytes(world.random.between(1, 400))
  if (world.random.once(2)) message.write('MFDSECR1', 'latin1')
  const receiving = receiveSecret(path)
  receiving.catch(() => undefined)
  const socket = connect(path, () => socket.end(message))
  socket.on('error', () => undefined)
  socket.resume()
  await expectRejects(
    receiving.catch((error: NodeJS.ErrnoException) => {
      // Too short a message is a peer that went away.
      throw error.code === 'ERR_MEMFD_SECRET_PEER' && message.length < 288
        ? Object.assign(new Error(), { code: BAD_HANDLE })
        : error
    }),
    BAD_HANDLE,
    `a message of ${message.length} random bytes`,
  )
  socket.destroy()
}

/** A descriptor of something else. */
function byWrongDescriptor(): void {
  for (const wrong of [0, 1, 2]) expectThrows(() => open({ fd: wrong }), BAD_HANDLE, 'a descriptor that is no secret')
  expectThrows(() => open(0x7fff_ffff), BAD_HANDLE, 'a descriptor that is not open')
}

export const SHARING: readonly Step[] = [
  { name: 'toWorker and open', weight: 40, run: openShared },
  { name: 'open of what is gone', weight: 4, run: openGone },
  { name: 'a look from a thread', weight: 5, run: inThread },
  { name: 'toProcess and open', weight: 12, run: byDescriptor },
  { name: 'open of a wrong descriptor', weight: 2, run: byWrongDescriptor },
  { name: 'sendSecret and receiveSecret', weight: 0.6, run: bySocket },
  { name: 'a message of somebody else', weight: 0.4, run: bySomebodyElse },
]
