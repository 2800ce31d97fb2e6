import assert from 'node:assert/strict'
import { SecretBuffer } from 'memfd-secret'

async function main(): Promise<void> {
  //#region assertNoCopies
  const { assertNoCopies } = await import('memfd-secret/audit')
  const key = SecretBuffer.random(32)
  await assertNoCopies(key)
  //#endregion assertNoCopies

  //#region findCopies
  const { findCopies } = await import('memfd-secret/audit')
  const leak = key.use((bytes) => Buffer.from(bytes)) // a copy in ordinary memory
  const copies = await findCopies(key, { encodings: ['raw'] })
  for (const { address, kind, encoding } of copies) console.log(address, kind, encoding)
  leak.fill(0)
  //#endregion findCopies
  assert(copies.length > 0)
}

void main()
