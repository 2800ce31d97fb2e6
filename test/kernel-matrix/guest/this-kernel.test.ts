import t from 'tap'
import { assertSupport, type Backing, probe, SecretBuffer, stats } from '../../../lib/index'
import { evaluate, limited, ordinaryUser } from '../../detection/refusing'

// What holds on every kernel, with or without memfd_secret. Part of the suite too, where the kernel is the machine's.

const { backing, memfdSecret, kernel } = probe()

t.test('the backing is what probe() says', async (t) => {
  t.equal(backing, memfdSecret.available ? 'memfd_secret' : 'mlock')
  t.equal(kernel.accounting === null, !memfdSecret.available)
  // All within the 64 KiB that an ordinary user may lock before Linux 5.16.
  for (const byteLength of [1, 32, 4096, 12_000]) {
    const secret = SecretBuffer.random(byteLength)
    t.equal(secret.backing, backing)
    t.equal(secret.byteLength, byteLength)
    const copy = SecretBuffer.from(secret, { isolated: true })
    t.ok(copy.equals(secret))
    t.equal(
      secret.use((bytes) => bytes.byteLength),
      byteLength,
    )
    copy.dispose()
    secret.dispose()
  }
  t.match(stats(), { secrets: 0, bytes: 0 })
})

t.test('requirements', async (t) => {
  t.equal(assertSupport().backing, backing)
  const strict = { minBacking: 'memfd_secret' as Backing }
  if (memfdSecret.available) t.equal(assertSupport(strict).backing, 'memfd_secret')
  else
    t.throws(() => assertSupport(strict), { code: 'ERR_MEMFD_SECRET_UNAVAILABLE', message: memfdSecret.reason ?? '' })
})

const user = ordinaryUser()

t.test('64 KiB hold as many secrets as the doctor says', { skip: user === null && 'no ordinary user' }, async (t) => {
  const script = `
    const make = () => {
      const made = []
      try { for (;;) made.push(lib.SecretBuffer.random(32)) } catch (error) { return { made, code: error.code } }
    }
    const first = make()
    for (const secret of first.made) secret.dispose()
    const second = make()
    answer([first.made.length, first.code, second.made.length, second.code, first.made[0].backing])`
  const options = { launchers: [limited(65_536), user ?? []], flags: ['--no-warnings'] }
  // What this process has takes part in the limit where the kernel counts by user, and the child is the same user.
  const shared = kernel.accounting === 'at-touch' && user?.length === 0 ? stats().lockedBytes : 0
  const most = Math.floor((65_536 - shared) / 4096) * 85
  const limit = 'ERR_MEMFD_SECRET_LIMIT'
  t.same(evaluate(script, options), [most, limit, most, limit, backing])
})
