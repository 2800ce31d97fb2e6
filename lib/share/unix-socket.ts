import { chmodSync, closeSync, lstatSync, type PathLike, readFileSync, unlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { invalidType, invalidValue, SecretMemoryError } from '../errors'
import { failureOf } from '../failures'
import { native } from '../native'
import type { NativeWays } from '../native-ways'
import { isAgain, systemErrorOf } from '../system-error'
import { until } from '../wait'

export function requireAddon(what: string): NativeWays {
  if (native !== null) return native
  throw new SecretMemoryError('ERR_MEMFD_SECRET_UNAVAILABLE', `Expected the addon for ${what} but received none`, {
    hint: 'It passes descriptors of memfd_secret, which Linux alone has',
  })
}

export function checkPath(path: unknown, name: string): string {
  const text = path instanceof URL ? fileURLToPath(path) : Buffer.isBuffer(path) ? path.toString() : path
  if (typeof text !== 'string') throw invalidType('a path or a descriptor', name, path)
  if (text === '' || text.includes('\0')) throw invalidValue('a path', name, 'an empty one, or one with a NUL')
  return text
}

export const isDescriptor = (value: PathLike | number): value is number => typeof value === 'number'

/** Answers a number that is no failure, once the addon need not wait. */
export async function whenDone(act: () => number, signal: AbortSignal | undefined, of?: string): Promise<number> {
  const answer = await until(() => {
    const now = act()
    return isAgain(now) ? null : now
  }, signal)
  if (answer < 0) throw systemErrorOf(answer, of)
  return answer
}

/** The peer went away, rather than the socket failing. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET')
}

/** Told without connecting: whoever listens would take that for a sender. */
function isListed(path: string): boolean {
  try {
    return readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .some((line) => line.endsWith(` ${path}`))
  } catch {
    return false
  }
}

/** A socket file that nobody listens at any more, as a crash leaves it: of this user alone is it removed. */
function removeStale(addon: NativeWays, path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats?.isSocket() !== true || stats.uid !== process.getuid?.() || isListed(path)) return false
  const connection = addon.connectSocket(path)
  if (connection >= 0) {
    closeSync(connection)
    return false
  }
  if (failureOf(connection).name !== 'ECONNREFUSED') return false
  unlinkSync(path)
  return true
}

function bind(addon: NativeWays, path: string): number {
  let descriptor = addon.bindSocket(path)
  if (descriptor < 0 && failureOf(descriptor).name === 'EADDRINUSE' && removeStale(addon, path)) {
    descriptor = addon.bindSocket(path)
  }
  if (descriptor < 0) throw systemErrorOf(descriptor, path)
  return descriptor
}

/** Listens at path until one peer has connected; answers the connection. The file is there only meanwhile. */
export async function acceptOne(path: string, mode: number, signal: AbortSignal | undefined): Promise<number> {
  const addon = requireAddon('receiveSecret()')
  const descriptor = bind(addon, path)
  const { ino } = lstatSync(path)
  try {
    // Before listening: until then nobody can connect, whatever the umask let through.
    chmodSync(path, mode)
    const listening = addon.listenSocket(descriptor)
    if (listening < 0) throw systemErrorOf(listening, path)
    return await whenDone(() => addon.acceptSocket(descriptor), signal, path)
  } finally {
    closeSync(descriptor)
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path)
  }
}

export function connectTo(path: string, signal: AbortSignal | undefined): Promise<number> {
  const addon = requireAddon('sendSecret()')
  return whenDone(() => addon.connectSocket(path), signal, path)
}
