import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'example-'))
const path = join(folder, 'api-key')
writeFileSync(path, 'c2VjcmV0\n')
process.env['API_KEY'] = 'c2VjcmV0'

async function main(): Promise<void> {
  //#region fromFile
  const { SecretBuffer } = await import('memfd-secret')
  const key = await SecretBuffer.fromFile(path, { decode: 'base64', trimNewline: true, maxBytes: 4096 })
  assert.equal(key.byteLength, 6)
  await assert.rejects(SecretBuffer.fromFile(path, { maxBytes: 4 }), { code: 'ERR_MEMFD_SECRET_TOO_LARGE' })
  //#endregion fromFile

  //#region fromFileSync
  const same = SecretBuffer.fromFileSync(path, { decode: 'base64', trimNewline: true })
  assert(same.equals(key))
  //#endregion fromFileSync

  //#region fromStream
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array([1, 2])
    yield new Uint8Array([3])
  }
  const streamed = await SecretBuffer.fromStream(chunks(), { signal: AbortSignal.timeout(10_000) })
  assert.equal(streamed.byteLength, 3)
  //#endregion fromStream

  //#region fromKeyObject
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = SecretBuffer.fromKeyObject(privateKey) // PKCS#8, as PEM
  //#endregion fromKeyObject

  //#region toKeyObject
  // Without the preload library OpenSSL copies the key to the ordinary heap: that has to be asked for.
  assert.throws(() => pem.toKeyObject(), { code: 'ERR_MEMFD_SECRET_HEAP_COPY' })
  assert.equal(pem.toKeyObject({ allowHeapCopy: true }).asymmetricKeyType, 'ed25519')
  //#endregion toKeyObject
}

void main().finally(() => rmSync(folder, { recursive: true }))
