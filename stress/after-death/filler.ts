// The child of pages-given-back.ts: as the given user, makes secrets up to the limit, says how many bytes, and waits.
import { writeSync } from 'node:fs'
import { SecretBuffer, SecretMemoryError } from '../../lib/index'

const SECRET_BYTES = 4096

const uid = Number(process.argv[2])
if (process.getuid?.() !== uid) {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}

const held: SecretBuffer[] = []
try {
  for (;;) held.push(SecretBuffer.random(SECRET_BYTES))
} catch (error) {
  if (!(error instanceof SecretMemoryError) || error.code !== 'ERR_MEMFD_SECRET_LIMIT') throw error
}
writeSync(1, `${held.length * SECRET_BYTES}\n`)
// Until whoever started it is gone.
process.stdin.resume().once('end', () => process.exit(held.length === 0 ? 1 : 0))
