import { constants } from 'node:os'
import { invalidType, invalidValue, SecretMemoryError } from './errors'
import { finishReading, GrowingSecret, tooLarge } from './growing-secret'
import { workerThreads } from './lazy-builtins'
import type { Lifetime } from './lifetime'
import { native } from './native'
import { checkReadOptions, DEFAULT_MAX_BYTES, type ReadOptions } from './read-file'
import { systemError } from './system-error'

function checkName(name: unknown): string {
  if (typeof name !== 'string') throw invalidType('a string', 'name', name)
  if (name === '' || name.includes('=') || name.includes('\0')) {
    throw invalidValue('a name of at least one character without = and NUL', 'name', 'another string')
  }
  return name
}

function absent(name: string): NodeJS.ErrnoException {
  return Object.assign(systemError(constants.errno.ENOENT, 'getenv', `the environment variable ${name}`), {
    path: name,
  })
}

function empty(name: string): TypeError {
  return invalidValue('at least one byte', `the environment variable ${name}`, 'none')
}

function checkThread(): void {
  if (workerThreads().isMainThread) return
  throw new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    'Expected the main thread for fromEnv() but received a worker, whose process.env is a copy in its own heap',
    { hint: 'Call it first thing in the main thread, and hand the secret over by toWorker() of memfd-secret/share' },
  )
}

/** Where no addon reads the block, the value passes through a string of the JavaScript heap, as the secret itself does. */
function readByNode(name: string, options: ReadOptions): Lifetime {
  const value = process.env[name]
  if (value === undefined) throw absent(name)
  if (value === '') throw empty(name)
  const bytes = Buffer.from(value)
  const growing = new GrowingSecret(bytes.byteLength, options.maxBytes ?? DEFAULT_MAX_BYTES, options)
  try {
    growing.append(bytes)
    const made = finishReading(growing, options)
    delete process.env[name]
    return made
  } finally {
    bytes.fill(0)
    growing.destroy()
  }
}

function wipe(name: string): void {
  const answer = native?.wipeEnvironment(name) ?? 0
  // Deleting makes no string of the value. Wiped before: the string that is dropped from the block stays where it was.
  delete process.env[name]
  if (answer < 0) {
    process.emitWarning(`The block that /proc/PID/environ shows may still hold ${name}`, {
      code: 'MEMFD_SECRET_ENVIRONMENT',
      detail: 'It is found by /proc/self/stat, which could not be read. Mount /proc, or hand the secret in by a file.',
    })
  }
}

/**
 * The value of an environment variable, copied from the environment block itself; then the value there is zeroed, and
 * process.env loses it. Nothing is lost where the secret cannot be made.
 */
export function readEnvironment(given: unknown, options: ReadOptions): Lifetime {
  const name = checkName(given)
  checkReadOptions(options)
  checkThread()
  if (native === null) return readByNode(name, options)
  const byteLength = native.environmentLength(name)
  if (byteLength < 0) throw absent(name)
  if (byteLength === 0) throw empty(name)
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  if (byteLength > maxBytes) throw tooLarge(maxBytes)
  const growing = new GrowingSecret(byteLength, maxBytes, options)
  try {
    const { memory } = growing
    if (memory.store !== native) return readByNode(name, options)
    memory.check(native.copyEnvironment(memory.handle, name))
    growing.note(byteLength)
    const made = finishReading(growing, options)
    wipe(name)
    return made
  } finally {
    growing.destroy()
  }
}
