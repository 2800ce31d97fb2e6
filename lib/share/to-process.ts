import { closeSync, fstatSync } from 'node:fs'
import { SecretMemoryError } from '../errors'
import type { Lifetime } from '../lifetime'
import { native } from '../native'
import { lifetimeOf, type SecretBuffer } from '../secret-buffer'
import { requireShareable } from './share-errors'

/** A descriptor of a copy of a secret, and what open() checks it by. */
export interface ProcessHandle extends Disposable {
  /** For the stdio of a child, where it gets the number of its place there. */
  readonly fd: number
  /** Of the secret, in bytes. */
  readonly byteLength: number
  /** The inode, in decimal; in no two secrets of one boot the same. */
  readonly ino: string
  /** Closes the descriptor, once. What a child was given stays open there. */
  close(): void
}

const inodeOf = (descriptor: number): string => fstatSync(descriptor, { bigint: true }).ino.toString()

/** open() in this process has closed it perhaps, and its number is another file's by now: the inode tells. */
function closeIfStillThere({ fd, ino }: { fd: number; ino: string }): void {
  if (native !== null && native.secretSize(fd) >= 0 && inodeOf(fd) === ino) closeSync(fd)
}

/** Handles that were forgotten. */
const forgotten = new FinalizationRegistry(closeIfStillThere)

class Handle implements ProcessHandle {
  readonly fd: number
  readonly byteLength: number
  readonly ino: string
  #closed = false

  constructor(fd: number, byteLength: number) {
    this.fd = fd
    this.byteLength = byteLength
    this.ino = inodeOf(fd)
    forgotten.register(this, { fd, ino: this.ino }, this)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    forgotten.unregister(this)
    closeIfStillThere(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** A close-on-exec secret descriptor of exactly the secret's size, holding a copy. The caller closes it. */
export function copyToDescriptor(lifetime: Lifetime, what: string): number {
  lifetime.assertOpen()
  const addon = requireShareable(lifetime, what)
  if (lifetime.backing !== 'memfd_secret') {
    throw new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      `Expected the backing memfd_secret for ${what} but received ${lifetime.backing}`,
      { hint: 'A descriptor of other memory can be read by anybody who gets hold of it; use a pipe and writeTo()' },
    )
  }
  const descriptor = addon.copyToDescriptor(lifetime.handle)
  if (descriptor < 0) lifetime.check(descriptor)
  return descriptor
}

/**
 * Copies a secret behind a descriptor, to be put in a child's stdio and opened there. While the descriptor is open, root
 * and whoever may trace this process can take it (pidfd_getfd): close the handle as soon as the child has started.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT; ERR_MEMFD_SECRET_UNAVAILABLE where the backing is not memfd_secret.
 */
export function toProcess(secret: SecretBuffer): ProcessHandle {
  const lifetime = lifetimeOf(secret, 'secret')
  return new Handle(copyToDescriptor(lifetime, 'toProcess()'), lifetime.byteLength)
}
