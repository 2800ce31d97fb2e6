import t from 'tap'
import { createHmac } from 'node:crypto'
import { SecretBuffer, stats, type SecretView } from '../../lib/index'

const MAC = createHmac('sha256', 'key').update('message').digest('hex')

async function sign(key: SecretView): Promise<string> {
  await new Promise((resolve) => setImmediate(resolve))
  return createHmac('sha256', key).update('message').digest('hex')
}

void t.test('using disposes at the end of the block, also where it throws', async (t) => {
  let kept: SecretBuffer | undefined
  {
    using secret = SecretBuffer.from('key')
    kept = secret
    t.equal(secret.disposed, false)
  }
  t.equal(kept.disposed, true)
  t.throws(() => {
    using secret = SecretBuffer.from('key')
    kept = secret
    throw new Error('of the block')
  }, /of the block/)
  t.equal(kept.disposed, true)
  t.equal(stats().secrets, 0)
})

void t.test('a promise of use() that leaves a using block signs with the key, not with an empty one', async (t) => {
  const mac = ((): Promise<string> => {
    using secret = SecretBuffer.from('key')
    return secret.use(async (bytes) => sign(bytes))
  })()
  t.equal(stats().pendingDisposals, 1)
  t.equal(await mac, MAC)
  t.equal(stats().secrets, 0)
})

void t.test('await using waits until the open uses have ended', async (t) => {
  let mac = ''
  {
    await using secret = SecretBuffer.from('key')
    void secret.use(async (bytes) => {
      mac = await sign(bytes)
    })
    t.equal(mac, '')
  }
  t.equal(mac, MAC)
  t.equal(stats().secrets, 0)
})

void t.test('key rotation: swap, and dispose the old one', async (t) => {
  let current = SecretBuffer.from('key')
  const signing = current.use(async (bytes) => sign(bytes))
  const old = current
  current = SecretBuffer.from('new')
  old.dispose()
  t.equal(await signing, MAC)
  t.equal(current.revealString(), 'new')
  current.dispose()
})

void t.test('several in one block', async (t) => {
  const made = [SecretBuffer.alloc(1), SecretBuffer.alloc(1)]
  {
    using _first = made[0] ?? null
    using _second = made[1] ?? null
  }
  t.ok(made.every((secret) => secret.disposed))
})
