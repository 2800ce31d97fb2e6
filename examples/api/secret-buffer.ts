import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { SecretBuffer } from 'memfd-secret'

//#region overview
{
  using key = SecretBuffer.random(32)
  const tag = key.use((bytes) => createHmac('sha256', bytes).update('message').digest('hex'))
  console.log(tag.length, `${key}`) // 64 [SecretBuffer: 32 bytes, memfd_secret]
} // wiped here
//#endregion overview

//#region alloc
const filled = SecretBuffer.alloc(32)
filled.use((bytes) => {
  bytes.write('by whatever writes to a Buffer')
})
//#endregion alloc

//#region random
const sessionKey = SecretBuffer.random(32)
//#endregion random

//#region from
const copied = SecretBuffer.from(Buffer.from('a password'))
const decoded = SecretBuffer.from('00ff', 'hex') // the string itself stays in V8's heap
assert.throws(() => SecretBuffer.from('00fg', 'hex'), { code: 'ERR_MEMFD_SECRET_BAD_ENCODING' })
//#endregion from

//#region take
const derived = randomBytes(32)
const taken = SecretBuffer.take(derived)
assert(derived.every((byte) => byte === 0))
//#endregion take

//#region concat
const both = SecretBuffer.concat([copied, decoded])
assert.equal(both.byteLength, copied.byteLength + decoded.byteLength)
//#endregion concat

//#region bytes
const view = sessionKey.bytes // for an API that keeps what it is given
sessionKey.dispose()
assert.equal(view.length, 0)
//#endregion bytes

//#region use
const tag = taken.use((bytes) => createHmac('sha256', bytes).update('message').digest())
assert.equal(tag.length, 32)
assert.throws(() => taken.use((bytes) => bytes), { code: 'ERR_MEMFD_SECRET_VIEW_ESCAPED' })
//#endregion use

//#region set
const header = SecretBuffer.alloc(8)
header.set(Buffer.from('v1.'), 0)
assert.throws(() => header.set(Buffer.alloc(9)), { code: 'ERR_OUT_OF_RANGE' })
//#endregion set

//#region copyTo
const frame = Buffer.alloc(16) // ordinary memory: the caller wipes it
assert.equal(copied.copyTo(frame, 4, 0, 10), 10)
frame.fill(0)
//#endregion copyTo

//#region slice
const firstHalf = taken.slice(0, 16)
const secondHalf = taken.slice(16)
//#endregion slice

//#region fill
header.fill(0)
//#endregion fill

//#region equals
assert.equal(firstHalf.equals(secondHalf), false)
assert.equal(firstHalf.equals(firstHalf), true)
//#endregion equals

//#region encode
const text = decoded.encode('base64url')
assert.equal(text.byteLength, 3)
//#endregion encode

//#region revealString
const connection = `postgres://app:${encodeURIComponent(copied.revealString())}@db/app`
//#endregion revealString
assert(connection.includes('a%20password'))

//#region writeTo
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'example-'))
const file = openSync(join(folder, 'key'), 'w', 0o600)
assert.equal(copied.writeTo(file), 10)
closeSync(file)
//#endregion writeTo
assert.equal(readFileSync(join(folder, 'key'), 'latin1'), 'a password')
rmSync(folder, { recursive: true })

//#region dispose
const old = SecretBuffer.random(32)
const signing = old.use(async (bytes) => createHmac('sha256', bytes).update('late').digest())
old.dispose() // refuses new uses; the open one ends in peace, then the bytes are wiped
assert.throws(() => old.use(() => 0), { code: 'ERR_MEMFD_SECRET_DISPOSED' })
//#endregion dispose
void signing

//#region asyncDispose
async function signOnce(message: string): Promise<string> {
  await using key = SecretBuffer.random(32)
  return key.use(async (bytes) => createHmac('sha256', bytes).update(message).digest('hex'))
} // resolves once the key is wiped
//#endregion asyncDispose
void signOnce('message').then((signature) => assert.equal(signature.length, 64))

//#region destroy
process.once('SIGTERM', () => {
  taken.destroy() // now, open uses too
  process.exit(0)
})
//#endregion destroy
