import { writeSync } from 'node:fs'
import { checkOffset } from './arguments'
import { failureOf } from './failures'
import type { Lifetime } from './lifetime'
import { native } from './native'
import { systemErrorOf } from './system-error'

/** The system calls that fail for the descriptor's sake (src/sys/descriptor_io.cc). */
const OF_THE_DESCRIPTOR = new Set(['write', 'poll'])

/** Writes all of the secret by write(2) from its page, blocking; answers how many bytes that were. */
export function writeSecret(secret: Lifetime, descriptor: unknown): number {
  const fd = checkOffset(descriptor, 'fd', 0x7fff_ffff)
  secret.assertOpen()
  if (secret.store !== native) return writeView(secret, fd)
  const answer = native.writeTo(secret.handle, fd)
  // A sealed secret is written from a copy, for which there may be no room: that is no error of the descriptor.
  if (answer < 0 && OF_THE_DESCRIPTOR.has(failureOf(answer).syscall)) throw systemErrorOf(answer)
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
