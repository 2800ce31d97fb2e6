import { writeSync } from 'node:fs'
import { checkOffset } from './arguments'
import type { Lifetime } from './lifetime'
import { native } from './native'
import { systemErrorOf } from './system-error'

/** Writes all of the secret by write(2) from its page, blocking; answers how many bytes that were. */
export function writeSecret(secret: Lifetime, descriptor: unknown): number {
  const fd = checkOffset(descriptor, 'fd', 0x7fff_ffff)
  secret.assertOpen()
  if (secret.store !== native) return writeView(secret, fd)
  const answer = native.writeTo(secret.handle, fd)
  if (answer < 0) throw systemErrorOf(answer)
  secret.check(answer)
  return secret.byteLength
}

function writeView(secret: Lifetime, fd: number): number {
  return secret.use((view) => {
    let written = 0
    while (written < view.byteLength) written += writeSync(fd, view, written)
    return written
  })
}
