import { fstatSync } from 'node:fs'
import { failureOf } from '../failures'
import { tooLarge } from '../growing-secret'
import { Lifetime, type LifetimeOptions } from '../lifetime'
import { native } from '../native'
import type { NativeWays } from '../native-ways'
import { badHandle } from './share-errors'

/** What is told of a descriptor besides its number. */
export interface Told {
  byteLength?: number | undefined
  ino?: string | undefined
}

/** The size of a descriptor that is what was told. Looked at by fstat alone: what is not as told is never mapped. */
function checkDescriptor(addon: NativeWays | null, descriptor: number, told: Told, maxBytes: number): number {
  const size = addon?.secretSize(descriptor) ?? -1
  if (size < 0) throw badHandle('a descriptor of memfd_secret', 'another, or a closed one')
  if (size === 0) throw badHandle('a secret of at least one byte', 'an empty descriptor')
  if (told.byteLength !== undefined && size !== told.byteLength) {
    throw badHandle(`a secret of ${told.byteLength} bytes`, `one of ${size}`)
  }
  if (told.ino !== undefined && fstatSync(descriptor, { bigint: true }).ino.toString() !== told.ino) {
    throw badHandle('the inode that was told', 'another')
  }
  if (size > maxBytes) throw tooLarge(maxBytes)
  return size
}

/** Failures of the descriptor itself, rather than of a limit. */
const OF_THE_DESCRIPTOR = new Set(['EINVAL', 'EBADF', 'ENODEV', 'EACCES'])

/** A copy, in pages of this process alone: whoever shares the descriptor's could change them later. Closes nothing. */
export function copyFromDescriptor(
  descriptor: number,
  told: Told,
  maxBytes: number,
  options: LifetimeOptions,
): Lifetime {
  const size = checkDescriptor(native, descriptor, told, maxBytes)
  const made = new Lifetime(size, options)
  try {
    if (made.store === native) {
      const answer = native.copyFromDescriptor(made.handle, descriptor)
      if (answer < 0 && OF_THE_DESCRIPTOR.has(failureOf(answer).name)) {
        throw badHandle('a descriptor of memfd_secret that can be mapped', failureOf(answer).name)
      }
      made.check(answer)
      return made
    }
    throw badHandle('a process that keeps secrets in memfd_secret or locked memory', 'one that keeps them in its heap')
  } catch (error) {
    made.destroy()
    throw error
  }
}
