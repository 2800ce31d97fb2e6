// Reads stdin as a secret and answers its length and hex: node read-stdin.js OPTIONS [async]
import { SecretBuffer } from '../../../lib/secret-buffer'
import type { ReadOptions } from '../../../lib/read-file'

const [, , json = '{}', kind] = process.argv
const options = JSON.parse(json) as ReadOptions

async function read(): Promise<void> {
  const secret = kind === 'async' ? await SecretBuffer.fromFile(0, options) : SecretBuffer.fromFileSync(0, options)
  console.log(JSON.stringify({ length: secret.byteLength, hex: secret.revealString('hex').slice(0, 64) }))
}

read().catch((error: Error & { code?: string }) => console.log(JSON.stringify({ code: error.code })))
