import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { digest, forms, Holder, scanFor } from '../support/holder'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const NAME = 'SECRET_VALUE'

function start(value: string): Holder {
  // Others around it, so that its place in the block is neither the first nor the last.
  return new Holder({ env: { A_FIRST: '1', [NAME]: value, SECRET_VALUES: 'another', Z_LAST: '1' } })
}

const text = (): Buffer => Buffer.from(randomBytes(36).toString('base64url'))

for (const [way, secret, value] of [
  ['fromEnv', ...twice(text())],
  ['fromEnv, base64', ...encoded(randomBytes(48))],
] as const) {
  t.test(`${way}: the block, process.env, children and memory lose the value`, { timeout: 240_000 }, async (t) => {
    const holder = start(value)
    t.teardown(() => holder.end())
    const environ = (): string => readFileSync(`/proc/${holder.pid}/environ`, 'latin1')
    t.same(await holder.ask('ready'), {})
    // Not asked here, since starting a child reads the variable: whether one would inherit it.
    t.ok(environ().includes(value), 'there before')
    t.ok(scanFor(holder.pid, Buffer.from(value)).length > 0, 'and the scan finds it')

    t.same(await holder.ask('take', [way, NAME]), { byteLength: secret.byteLength })
    t.notOk(environ().includes(value), '/proc/PID/environ')
    t.match(environ(), /A_FIRST=1\0.*SECRET_VALUES=another\0.*Z_LAST=1\0/s, 'the others stay')
    t.same(await holder.ask('inherited', NAME), { inherited: false, here: false })
    t.same(scanFor(holder.pid, secret), [])
    t.same(scanFor(holder.pid, Buffer.from(value)), [])
    t.same(await holder.ask('plant'), { sha256: digest(secret) }, 'it was this secret')
    t.ok(forms(scanFor(holder.pid, secret)).includes('raw'), 'a planted copy is found')
  })
}

function twice(secret: Buffer): [Buffer, string] {
  return [secret, secret.toString()]
}

function encoded(secret: Buffer): [Buffer, string] {
  return [secret, secret.toString('base64')]
}

for (const way of ['fromEnv, read before', 'fromEnv, after a Worker'] as const) {
  t.test(`${way}: copies stay, as the docs say`, { timeout: 240_000 }, async (t) => {
    const secret = text()
    const holder = start(secret.toString())
    t.teardown(() => holder.end())
    t.same(await holder.ask('take', [way, NAME]), { byteLength: secret.byteLength })
    t.ok(forms(scanFor(holder.pid, secret)).includes('raw'), 'what was made before is found')
  })
}

t.test('fromEnv, by dotenv: copies stay, as the docs say', { timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ways-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, '.env')
  const secret = text()
  writeFileSync(path, `OTHER=1\n${NAME}=${secret.toString()}\n`)
  const holder = new Holder()
  t.teardown(() => holder.end())
  t.same(await holder.ask('take', ['fromEnv, by dotenv', path]), { byteLength: secret.byteLength })
  t.ok(forms(scanFor(holder.pid, secret)).includes('raw'))
})
