import { PLATFORM } from '../as-another-platform'
import t from 'tap'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { collectUntil, turn } from '../collect-garbage'

// What the other tests of this folder ask of native memory, of the store in plain JavaScript.

const DISPOSED = { code: 'ERR_MEMFD_SECRET_DISPOSED' }
const ESCAPED = { code: 'ERR_MEMFD_SECRET_VIEW_ESCAPED' }

void t.test('is what serves here', async (t) => {
  using secret = SecretBuffer.from('key')
  t.equal(process.platform, PLATFORM)
  t.equal(secret.backing, 'heap')
})

void t.test('a use ends: returned, thrown, resolved, rejected', async (t) => {
  using secret = SecretBuffer.from('key')
  const views: SecretView[] = []
  const keep = (bytes: SecretView): number => views.push(bytes)
  secret.use((bytes) => keep(bytes) && bytes.write('yek'))
  t.throws(() => secret.use((bytes) => (keep(bytes), assertNever())), /of fn/)
  await secret.use(async (bytes) => {
    keep(bytes)
    await turn()
    bytes.write('Yek')
  })
  await t.rejects(
    secret.use(async (bytes) => {
      keep(bytes)
      await turn()
      assertNever()
    }),
    /of fn/,
  )
  t.equal(views.length, 4)
  t.ok(views.every((view) => view.length === 0 && view.buffer.byteLength === 0))
  t.equal(secret.revealString(), 'Yek', 'what was written stays')
})

function assertNever(): never {
  throw new Error('of fn')
}

void t.test('views escape by no way', async (t) => {
  using secret = SecretBuffer.from('key')
  t.throws(() => secret.use((bytes) => bytes), ESCAPED)
  t.throws(() => secret.use((bytes) => new DataView(bytes.buffer)), ESCAPED)
  t.throws(() => secret.use((bytes) => structuredClone(bytes, { transfer: [bytes.buffer] })), ESCAPED)
  await t.rejects(
    secret.use(async (bytes) => bytes.subarray(1)),
    ESCAPED,
  )
})

void t.test('nested and concurrent uses, and bytes, see each other’s writes where one ends', async (t) => {
  using secret = SecretBuffer.from('abc')
  const { bytes } = secret
  bytes[0] = 0x41
  secret.use((outer) => {
    t.equal(outer.toString(), 'Abc')
    outer[1] = 0x42
    secret.use((inner) => void (inner[2] = 0x43))
  })
  t.equal(secret.revealString(), 'ABC')
  t.equal(bytes.toString(), 'ABC')
})

void t.test('dispose waits for open uses, destroy does not; asyncDispose resolves once wiped', async (t) => {
  const secret = SecretBuffer.from('key')
  const { bytes } = secret
  let view: SecretView | undefined
  let release = (): void => undefined
  const used = secret.use(async (given) => {
    view = given
    await new Promise<void>((resolve) => (release = resolve))
    return given.toString()
  })
  const over = secret[Symbol.asyncDispose]()
  t.equal(bytes.length, 0)
  t.equal(view?.length, 3)
  t.equal(stats().pendingDisposals, 1)
  t.throws(() => secret.use(() => 0), DISPOSED)
  release()
  t.equal(await used, 'key')
  await over
  t.equal(view?.length, 0)

  const other = SecretBuffer.from('key')
  void other.use((given) => {
    view = given
    return new Promise(() => undefined)
  })
  const waiting = other[Symbol.asyncDispose]()
  other.destroy()
  await waiting
  t.equal(view?.length, 0)
  other.dispose()
  t.match(stats(), { secrets: 0, bytes: 0, pendingDisposals: 0 })
})

void t.test('dispose and destroy inside use', async (t) => {
  for (const end of ['dispose', 'destroy'] as const) {
    const secret = SecretBuffer.from('key')
    secret.use((bytes) => {
      secret[end]()
      t.equal(bytes.length, end === 'dispose' ? 3 : 0)
    })
    t.equal(secret.disposed, true)
    t.match(stats(), { secrets: 0, pendingDisposals: 0 })
  }
})

void t.test('no copy of its own outlives the secret', async (t) => {
  using secret = SecretBuffer.from('key')
  let moved: Uint8Array | undefined
  secret.use((bytes) => void (moved = structuredClone(bytes, { transfer: [bytes.buffer] })))
  t.equal(moved?.length, 3)
  secret.set(Buffer.from('KEY'))
  t.equal(secret.revealString(), 'KEY', 'what was moved away is no part of it any more')
})

void t.test('what is collected undisposed is counted, and bytes keeps its secret', async (t) => {
  const before = stats().collectedUndisposed
  const hold = { bytes: SecretBuffer.from('key').bytes as SecretView | null }
  ;(() => void SecretBuffer.from('key').use((bytes) => bytes.length))()
  t.ok(await collectUntil(() => stats().collectedUndisposed === before + 1))
  t.equal(stats().secrets, 1)
  t.equal(hold.bytes?.toString(), 'key')
})
