import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { checkOptions } from '../arguments'
import { invalidType, invalidValue, SecretMemoryError } from '../errors'
import { readFileInto, readFileIntoSync, type AsyncReadOptions, type ReadOptions } from '../read-file'
import { type SecretBuffer, wrapLifetime } from '../secret-buffer'

function checkName(name: unknown): string {
  if (typeof name !== 'string') throw invalidType('a string', 'name', name)
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw invalidValue('the name of a file, without / and NUL, and neither . nor ..', 'name', 'another string')
  }
  return name
}

function directory(): string {
  const path = process.env['CREDENTIALS_DIRECTORY']
  if (path !== undefined && isAbsolute(path)) return path
  throw new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected an absolute path for $CREDENTIALS_DIRECTORY but received ${path === undefined ? 'none' : 'another string'}`,
    { hint: 'systemd sets it for a unit with LoadCredential=, LoadCredentialEncrypted= or SetCredential=' },
  )
}

/**
 * Of a name that is one component, O_NOFOLLOW refuses a link that leads out of the directory (ELOOP). O_NONBLOCK: what
 * lies there may be a FIFO, whose open would wait.
 */
function openCredential(name: unknown): number {
  const path = join(directory(), checkName(name))
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if (fstatSync(descriptor).isFile()) return descriptor
  closeSync(descriptor)
  throw invalidValue('the name of a regular file', 'name', 'that of something else')
}

/**
 * A credential that systemd passed to this unit, read straight into secret memory.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where $CREDENTIALS_DIRECTORY is not set; TypeError
 *   ERR_INVALID_ARG_VALUE for a name that could leave it; fs's own errors (ENOENT; ELOOP for a symbolic link).
 */
export async function credential(name: string, options?: AsyncReadOptions): Promise<SecretBuffer> {
  const checked = checkOptions(options)
  const descriptor = openCredential(name)
  try {
    return wrapLifetime(await readFileInto(descriptor, checked))
  } finally {
    closeSync(descriptor)
  }
}

/** As {@link credential}, blocking; throws what that rejects with. */
export function credentialSync(name: string, options?: ReadOptions): SecretBuffer {
  const checked = checkOptions(options)
  const descriptor = openCredential(name)
  try {
    return wrapLifetime(readFileIntoSync(descriptor, checked))
  } finally {
    closeSync(descriptor)
  }
}
