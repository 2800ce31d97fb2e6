import t, { type Test } from 'tap'
import { createContext, runInContext } from 'node:vm'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'
import { loadNativeAccess } from '../native-access'
import { turn } from '../collect-garbage'
import { runFixture } from '../run-fixture'

const TIMED_OUT = { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' }
const native = process.platform === 'linux' ? loadNativeAccess() : null
const keeper = SecretBuffer.alloc(1)
t.teardown(() => keeper.dispose())

const spin = (): never => {
  for (;;);
}

/** Runs act until a vm timeout terminates it: late enough that act has come to where it spins. */
function terminate(t: Test, act: () => unknown): void {
  t.throws(
    () => runInContext('act()', createContext({ act }), { timeout: 1000 }),
    TIMED_OUT,
    'the timeout is passed on',
  )
}

/** Any call enters, and so detaches what a termination left. */
const enter = (): void => SecretBuffer.alloc(1).dispose()

function assertWiped(t: Test, secret: SecretBuffer, views: readonly SecretView[], address = 0n): void {
  if (native !== null && address !== 0n) {
    t.ok(
      native.peek(address, secret.byteLength).every((byte) => byte === 0),
      'wiped at once',
    )
  }
  t.equal(secret.disposed, true)
  enter()
  t.ok(
    views.every((view) => view.length === 0 && view.buffer.byteLength === 0),
    'detached at the next entry',
  )
  t.throws(() => secret.use(() => 0), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
  secret.dispose()
  t.match(stats(), { secrets: 1, pendingDisposals: 0 })
}

for (const isolated of [false, true]) {
  void t.test(`a timeout inside a use${isolated ? ' of an isolated secret' : ''}`, async (t) => {
    const secret = SecretBuffer.alloc(32, { isolated })
    secret.fill(0xab)
    const { bytes } = secret
    const views = [bytes]
    let address = 0n
    terminate(t, () =>
      secret.use((view) => {
        views.push(view)
        address = native?.addressOf(view.buffer) ?? 0n
        spin()
      }),
    )
    t.equal(views.length, 2)
    assertWiped(t, secret, views, address)
  })
}

void t.test('inside nested uses, of several secrets', async (t) => {
  const first = SecretBuffer.from('first')
  const second = SecretBuffer.from('second')
  const views: SecretView[] = [first.bytes, second.bytes]
  terminate(t, () =>
    first.use((outer) =>
      second.use((middle) =>
        first.use((inner) => {
          views.push(outer, middle, inner)
          spin()
        }),
      ),
    ),
  )
  t.equal(views.length, 5)
  t.equal(first.disposed, true)
  t.equal(second.disposed, true)
  enter()
  t.ok(
    views.every((view) => view.length === 0),
    'all are detached',
  )
  t.match(stats(), { secrets: 1, pendingDisposals: 0 })
})

void t.test('a hundred nested uses', async (t) => {
  const secret = SecretBuffer.from('key')
  const views: SecretView[] = []
  const nest = (depth: number): unknown =>
    secret.use((view) => {
      views.push(view)
      return depth === 0 ? spin() : nest(depth - 1)
    })
  terminate(t, () => nest(99))
  t.equal(views.length, 100)
  assertWiped(t, secret, views)
})

void t.test('inside an inner use, whose outer one is no part of the script', async (t) => {
  const outerSecret = SecretBuffer.from('outer')
  const innerSecret = SecretBuffer.from('inner')
  let kept: SecretView | undefined
  outerSecret.use((outer) => {
    terminate(t, () =>
      innerSecret.use((view) => {
        kept = view
        spin()
      }),
    )
    t.equal(outer.toString(), 'outer', 'the outer one lives on')
  })
  t.equal(kept?.length, 0, 'detached when the outer one ends')
  t.equal(outerSecret.disposed, false)
  outerSecret.dispose()
  assertWiped(t, innerSecret, kept === undefined ? [] : [kept])

  const same = SecretBuffer.from('same')
  same.use((outer) => {
    terminate(t, () => same.use(spin))
    enter()
    t.equal(outer.length, 0, 'of the same secret it is wiped and detached too')
  })
  assertWiped(t, same, [])
})

void t.test('while another use of the secret waits for a promise', async (t) => {
  const secret = SecretBuffer.from('key')
  let kept: SecretView | undefined
  let release = (): void => undefined
  const used = secret.use(async (view) => {
    kept = view
    await new Promise<void>((resolve) => (release = resolve))
    return view.length
  })
  terminate(t, () => secret.use(spin))
  assertWiped(t, secret, kept === undefined ? [] : [kept])
  release()
  t.equal(await used, 0)
  await secret[Symbol.asyncDispose]()
  t.match(stats(), { secrets: 1, pendingDisposals: 0 })
})

void t.test('in a callback of an async use', async (t) => {
  const secret = SecretBuffer.from('key')
  let kept: SecretView | undefined
  const used = secret.use(async (view) => {
    kept = view
    await turn()
    terminate(t, spin)
    return view.toString()
  })
  t.equal(await used, 'key', 'what it does not cut off goes on')
  t.equal(kept?.length, 0)
  secret.dispose()
  t.equal(stats().secrets, 1)
})

void t.test('in a microtask of an async use: it never settles, and destroy ends it', async (t) => {
  // In a process of its own: with async hooks, as tap has them, such a timeout makes Node itself abort.
  const { status, stdout } = await runFixture('terminate-in-microtask')
  t.equal(stdout, 'ERR_SCRIPT_EXECUTION_TIMEOUT, 1 pending, destroyed, 0 pending, 0 secrets\n')
  t.equal(status, 0)
})

void t.test('who waits for the disposal of what was terminated is told', async (t) => {
  const secret = SecretBuffer.from('key')
  const waiting: Promise<void>[] = []
  terminate(t, () =>
    secret.use(() => {
      waiting.push(secret[Symbol.asyncDispose](), secret[Symbol.asyncDispose]())
      spin()
    }),
  )
  t.equal(waiting.length, 2)
  await Promise.all(waiting)
  await secret[Symbol.asyncDispose]()
  assertWiped(t, secret, [])

  const other = SecretBuffer.from('key')
  terminate(t, () => other.use(spin))
  await other[Symbol.asyncDispose]()
  assertWiped(t, other, [])
})

void t.test('where dispose or destroy came first', async (t) => {
  for (const end of ['dispose', 'destroy'] as const) {
    const secret = SecretBuffer.from('key')
    let kept: SecretView | undefined
    terminate(t, () =>
      secret.use((view) => {
        kept = view
        secret[end]()
        spin()
      }),
    )
    assertWiped(t, secret, kept === undefined ? [] : [kept])
  }
})

type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer }

void t.test('where fn had moved the memory away', async (t) => {
  const secret = SecretBuffer.from('key')
  let moved: ArrayBuffer | undefined
  terminate(t, () =>
    secret.use((view) => {
      moved = (view.buffer as Transferable).transfer?.()
      spin()
    }),
  )
  t.ok(new Uint8Array(moved ?? new ArrayBuffer(0)).every((byte) => byte === 0))
  assertWiped(t, secret, [])
})

void t.test('again and again: no memory is lost', async (t) => {
  const before = stats()
  const secrets = Array.from({ length: 20 }, () => SecretBuffer.alloc(32))
  for (const secret of secrets) {
    const context = createContext({ act: () => secret.use(spin) })
    t.throws(() => runInContext('act()', context, { timeout: 10 }), TIMED_OUT)
    // On a machine that is busy enough the timeout comes before the use.
    secret.dispose()
  }
  t.equal(stats().secrets, before.secrets)
  t.equal(stats().lockedBytes, before.lockedBytes)
})
