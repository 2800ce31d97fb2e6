import assert from 'node:assert/strict'
import { SecretBuffer } from '../../lib/index'
import { dropPrivileges } from '../drop-privileges'
import { withCode } from './checks'

/** More than any limit that this is run under leaves room for, and soon reached. */
const MOST = 100_000

function fillUp(): SecretBuffer[] {
  const made: SecretBuffer[] = []
  const more = () => {
    while (made.length < MOST) made.push(SecretBuffer.alloc(1024))
  }
  assert.throws(more, withCode('ERR_MEMFD_SECRET_LIMIT'))
  return made
}

/** A limit is an error, and what was made before it, and what is made after a disposal, work. */
export async function meetTheLimit(): Promise<void> {
  dropPrivileges()
  const made = fillUp()
  assert.ok(made.length > 0)
  for (const secret of made) secret.use((view) => view.fill(1) && undefined)
  for (const secret of made) secret.dispose()
  const again = await untilThereIsRoom()
  assert.equal(
    again.use((view) => view.every((byte) => byte === 0)),
    true,
  )
}

/** Slots that a view was made of come back once the runtime has finalized it: an attempt that fails presses it to. */
async function untilThereIsRoom(): Promise<SecretBuffer> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      return SecretBuffer.alloc(1024)
    } catch (error) {
      withCode('ERR_MEMFD_SECRET_LIMIT')(error)
      for (let tick = 0; tick < 20; tick++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  throw new Error('Expected room for a secret after all were disposed but received ten refusals')
}
