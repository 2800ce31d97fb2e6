import assert from 'node:assert/strict'

//#region assertSupport
import { assertSupport } from 'memfd-secret'

assertSupport({ minBacking: 'mlock' }) // throws, with the reason and what to do, where not even that is to be had
//#endregion assertSupport

//#region probe
import { probe } from 'memfd-secret'

const { backing, memfdSecret, memlock } = probe()
if (!memfdSecret.available) console.warn(`${backing} only: ${memfdSecret.reason}. ${memfdSecret.hint}`)
console.log(`${memlock.soft} bytes may be locked`)
//#endregion probe

//#region configure
import { configure } from 'memfd-secret'

configure({ minBacking: 'mlock', reserveBytes: 16_384 })
assert.throws(() => configure({ minBacking: 'heap' }), { code: 'ERR_MEMFD_SECRET_POLICY' })
//#endregion configure

//#region stats
import { SecretBuffer, stats } from 'memfd-secret'

const key = SecretBuffer.random(32)
assert.equal(stats().secrets, 1)
key.dispose()
assert.equal(stats().secrets, 0)
//#endregion stats

//#region SecretMemoryError
import { SecretMemoryError } from 'memfd-secret'

try {
  key.use(() => 0)
} catch (error) {
  if (!(error instanceof SecretMemoryError)) throw error
  assert.equal(error.code, 'ERR_MEMFD_SECRET_DISPOSED') // error.hint says what to do
}
//#endregion SecretMemoryError

//#region harden
import { harden } from 'memfd-secret'

const { coreLimit, dumpable, inspectorSignal } = harden()
console.log({ coreLimit, dumpable, inspectorSignal }) // what it could apply
//#endregion harden
