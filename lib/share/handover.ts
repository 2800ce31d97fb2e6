import { closeSync, type PathLike } from 'node:fs'
import { checkByteLength, checkOffset, checkOptions, type SecretOptions } from '../arguments'
import { invalidType, outOfRange, SecretMemoryError } from '../errors'
import { DEFAULT_MAX_BYTES } from '../read-file'
import { lifetimeOf, type SecretBuffer, wrapLifetime } from '../secret-buffer'
import { systemErrorOf } from '../system-error'
import { checkSignal } from '../wait'
import { MESSAGE_BYTES, MOST_NAME_BYTES, readMessage, REFUSED, TAKEN, writeMessage } from './message'
import { copyFromDescriptor } from './open-descriptor'
import { badHandle } from './share-errors'
import { copyToDescriptor } from './to-process'
import { acceptOne, checkPath, connectTo, isDescriptor, isGone, requireAddon, whenDone } from './unix-socket'

/** Who the other end of a handover may be. */
export interface PeerOptions {
  /** The user id that the other end must have (SO_PEERCRED). Default: this process's own. */
  uid?: number | 'any'
  /** Ends the handover with its reason. */
  signal?: AbortSignal
}

/** Of {@link sendSecret}. */
export interface SendOptions extends PeerOptions {
  /** Tells secrets apart; at most 255 bytes of UTF-8. Not secret. Default: empty. */
  name?: string
}

/** Of {@link receiveSecret}. */
export interface ReceiveOptions extends PeerOptions, SecretOptions {
  /** Default 1 MiB. More is ERR_MEMFD_SECRET_TOO_LARGE, at both ends. */
  maxBytes?: number
}

const MOST_IDS = 0xffff_fffe
const MOST_DESCRIPTORS = 0x7fff_ffff

function checkPeerOptions(options: PeerOptions): void {
  if (typeof options !== 'object' || options === null) throw invalidType('an object', 'options', options)
  if (options.uid !== undefined && options.uid !== 'any') checkOffset(options.uid, 'options.uid', MOST_IDS)
  checkSignal(options.signal)
  options.signal?.throwIfAborted()
}

function peerError(expected: string, received: string): SecretMemoryError {
  return new SecretMemoryError('ERR_MEMFD_SECRET_PEER', `Expected ${expected} for the peer but received ${received}`, {
    hint: 'Look which process is at the other end; { uid } tells the user that it may run as',
  })
}

const wantedUser = (uid: number | 'any' | undefined): number | 'any' => uid ?? process.getuid?.() ?? 'any'

/** Before a byte goes either way. */
function checkPeer(connection: number, uid: number | 'any' | undefined): void {
  const user = requireAddon('a handover').peerUser(connection)
  if (user < 0) throw systemErrorOf(user, 'the connection')
  const wanted = wantedUser(uid)
  if (wanted !== 'any' && user !== wanted) throw peerError(`the user id ${wanted}`, `${user}`)
}

const wentAway = (): SecretMemoryError => peerError('an answer', 'the end of the connection')

async function withConnection<T>(
  connecting: Promise<number> | number,
  act: (connection: number) => Promise<T>,
): Promise<T> {
  if (typeof connecting === 'number') return act(connecting)
  const connection = await connecting
  try {
    return await act(connection)
  } finally {
    closeSync(connection)
  }
}

async function sendAll(
  connection: number,
  message: Buffer,
  carried: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const addon = requireAddon('sendSecret()')
  // The descriptor goes with the first byte, once.
  for (let sent = 0; sent < message.byteLength;) {
    const rest = message.subarray(sent)
    sent += await whenDone(() => addon.sendDescriptor(connection, rest, sent === 0 ? carried : -1), signal)
  }
}

async function receiveAnswer(connection: number, signal: AbortSignal | undefined): Promise<void> {
  const addon = requireAddon('sendSecret()')
  const answer = Buffer.alloc(1)
  const got = await whenDone(() => addon.receiveDescriptor(connection, answer), signal)
  if (got > 1) closeSync(Math.floor(got / 4096) - 1)
  if (got === 0) throw wentAway()
  if (answer[0] !== TAKEN) throw peerError('that it takes the secret', 'a refusal')
}

/**
 * Sends a copy of a secret to the process that listens at a path by {@link receiveSecret}, or is at the other end of a
 * connected Unix stream socket, whose descriptor stays open. Resolves once the other end has its own copy. A descriptor
 * of the copy is open only until it is sent and received.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_PEER where the other end has another user id, refuses or goes away;
 *   ERR_MEMFD_SECRET_UNAVAILABLE where the backing is not memfd_secret; ERR_MEMFD_SECRET_LIMIT; the signal's reason;
 *   system errors: ENOENT and ECONNREFUSED where nobody listens at the path, ENOTSOCK.
 */
export async function sendSecret(
  to: PathLike | number,
  secret: SecretBuffer,
  options: SendOptions = {},
): Promise<void> {
  const lifetime = lifetimeOf(secret, 'secret')
  lifetime.assertOpen()
  checkPeerOptions(options)
  const { name = '', signal, uid } = options
  if (typeof name !== 'string') throw invalidType('a string', 'options.name', name)
  if (Buffer.byteLength(name) > MOST_NAME_BYTES)
    throw outOfRange(`at most ${MOST_NAME_BYTES} bytes`, 'options.name', 'more')
  const connecting = isDescriptor(to) ? checkOffset(to, 'to', MOST_DESCRIPTORS) : connectTo(checkPath(to, 'to'), signal)
  await withConnection(connecting, async (connection) => {
    checkPeer(connection, uid)
    const copy = copyToDescriptor(lifetime, 'sendSecret()')
    try {
      await sendAll(connection, writeMessage({ name, byteLength: lifetime.byteLength }), copy, signal)
    } catch (error) {
      throw isGone(error) ? wentAway() : error
    } finally {
      closeSync(copy)
    }
    await receiveAnswer(connection, signal).catch((error: unknown) => {
      throw isGone(error) ? wentAway() : error
    })
  })
}

interface Received {
  message: Buffer
  descriptor: number | null
}

async function receiveAll(connection: number, signal: AbortSignal | undefined, received: Received): Promise<void> {
  const addon = requireAddon('receiveSecret()')
  const { message } = received
  for (let filled = 0; filled < message.byteLength;) {
    const rest = message.subarray(filled)
    const got = await whenDone(() => addon.receiveDescriptor(connection, rest), signal)
    const carried = Math.floor(got / 4096) - 1
    if (carried >= 0 && received.descriptor !== null) closeSync(carried)
    else if (carried >= 0) received.descriptor = carried
    if (got % 4096 === 0) throw wentAway()
    filled += got % 4096
  }
}

async function receiveOn(connection: number, options: ReceiveOptions): Promise<{ name: string; secret: SecretBuffer }> {
  const { signal, uid, maxBytes = DEFAULT_MAX_BYTES } = options
  checkPeer(connection, uid)
  const received: Received = { message: Buffer.alloc(MESSAGE_BYTES), descriptor: null }
  try {
    await receiveAll(connection, signal, received)
    const { name, byteLength } = readMessage(received.message)
    if (received.descriptor === null) throw badHandle('a descriptor with the message of sendSecret()', 'none')
    const secret = copyFromDescriptor(received.descriptor, { byteLength }, maxBytes, options)
    answer(connection, TAKEN)
    return { name, secret: wrapLifetime(secret) }
  } catch (error) {
    if (isGone(error)) throw wentAway()
    answer(connection, REFUSED)
    throw error
  } finally {
    if (received.descriptor !== null) closeSync(received.descriptor)
  }
}

/** One byte into an empty socket never waits; a peer that is gone is no concern of the receiver, which has its copy. */
function answer(connection: number, byte: number): void {
  requireAddon('receiveSecret()').sendDescriptor(connection, Uint8Array.of(byte), -1)
}

/**
 * Receives a secret: listens at a path, with mode 0600 (0666 where another user is let in by `uid`, which is checked),
 * until one sender has connected, or reads from a connected Unix stream socket, whose descriptor stays open. The
 * descriptor that comes is checked as open() checks one, copied into pages of this process and closed. A socket file of
 * this user that nobody listens at is replaced.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_PEER where the sender has another user id or goes away;
 *   ERR_MEMFD_SECRET_BAD_HANDLE for another message or no secret descriptor; ERR_MEMFD_SECRET_TOO_LARGE;
 *   ERR_MEMFD_SECRET_LIMIT; the signal's reason; system errors: EADDRINUSE, EACCES, ENOTSOCK.
 */
export async function receiveSecret(
  at: PathLike | number,
  options: ReceiveOptions = {},
): Promise<{
  /** As the sender named it. */
  name: string
  /** The caller's to dispose. */
  secret: SecretBuffer
}> {
  checkPeerOptions(options)
  const checked = checkOptions(options)
  if (checked.maxBytes !== undefined) checkByteLength(checked.maxBytes, 'options.maxBytes')
  const wanted = wantedUser(checked.uid)
  const mode = wanted === process.getuid?.() ? 0o600 : 0o666
  const connecting = isDescriptor(at)
    ? checkOffset(at, 'at', MOST_DESCRIPTORS)
    : acceptOne(checkPath(at, 'at'), mode, checked.signal)
  return withConnection(connecting, (connection) => receiveOn(connection, checked))
}
