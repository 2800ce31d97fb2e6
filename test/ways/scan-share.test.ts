import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SecretBuffer } from '../../lib/index'
import { sendSecret, toProcess } from '../../lib/share'
import { digest, forms, Holder, scanFor } from '../support/holder'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

async function check(t: Test, holder: Holder, plain: Buffer): Promise<void> {
  t.same(scanFor(holder.pid, plain), [], 'neither the secret, nor its hex, nor its base64')
  t.same(await holder.ask('plant'), { sha256: digest(plain) }, 'it was this secret')
  const found = forms(scanFor(holder.pid, plain))
  t.ok(
    ['raw', 'hex', 'base64'].every((form) => found.includes(form)),
    'planted copies are found',
  )
}

t.test('open of a descriptor: no copy in ordinary memory', { timeout: 240_000 }, async (t) => {
  const plain = randomBytes(48)
  const handle = toProcess(SecretBuffer.from(plain))
  const holder = new Holder({ extra: handle.fd })
  t.teardown(() => holder.end())
  handle.close()
  t.same(await holder.ask('take', ['open of a descriptor']), { byteLength: 48 })
  await check(t, holder, plain)
})

t.test('receiveSecret: no copy in ordinary memory', { timeout: 240_000 }, async (t) => {
  const plain = randomBytes(48)
  const path = join(folder, 'socket')
  const holder = new Holder()
  t.teardown(() => holder.end())
  const taken = holder.ask('take', ['receiveSecret', path])
  const secret = SecretBuffer.from(plain)
  for (let sent = false; !sent;) {
    sent = await sendSecret(path, secret).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return false
        throw error
      },
    )
    if (!sent) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.same(await taken, { byteLength: 48 })
  await check(t, holder, plain)
})

for (const way of ['credential', 'credentialSync']) {
  t.test(`${way}: no copy in ordinary memory`, { timeout: 240_000 }, async (t) => {
    const plain = randomBytes(48)
    writeFileSync(join(folder, 'token'), plain)
    const holder = new Holder({ env: { CREDENTIALS_DIRECTORY: folder } })
    t.teardown(() => holder.end())
    t.same(await holder.ask('take', [way, 'token']), { byteLength: 48 })
    await check(t, holder, plain)
  })
}
