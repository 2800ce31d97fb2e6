import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { digest, forms, Holder, scanFor } from '../support/holder'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'ways-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

interface Way {
  name: string
  /** What the file holds. */
  text: (secret: Buffer) => string | Buffer
  argument: string
}

const path = join(folder, 'secret')
const ways: Way[] = [
  { name: 'fromFile', text: (secret) => secret, argument: path },
  { name: 'fromFileSync', text: (secret) => secret, argument: path },
  { name: 'fromFile, hex', text: (secret) => `${secret.toString('hex')}\n`, argument: path },
  { name: 'fromFileSync, base64', text: (secret) => `${secret.toString('base64')}\r\n`, argument: path },
  { name: 'fromFile, base64url', text: (secret) => secret.toString('base64url'), argument: path },
]

for (const { name, text, argument } of ways) {
  t.test(`${name}: no copy in ordinary memory`, { timeout: 240_000 }, async (t) => {
    const secret = randomBytes(48)
    writeFileSync(path, text(secret))
    const holder = new Holder()
    t.teardown(() => holder.end())
    t.same(await holder.ask('take', [name, argument]), { byteLength: 48 })
    t.same(await holder.ask('encode'), {})
    t.same(scanFor(holder.pid, secret), [], 'neither the secret, nor its hex, nor its base64')
    t.same(await holder.ask('plant'), { sha256: digest(secret) }, 'it was this secret')
    t.ok(
      ['raw', 'hex', 'base64'].every((form) => forms(scanFor(holder.pid, secret)).includes(form)),
      'planted copies are found',
    )
  })
}
