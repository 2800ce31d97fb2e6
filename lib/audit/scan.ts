import { constants } from 'node:os'
import { strengthOf } from '../backing'
import { outOfRange, SecretMemoryError } from '../errors'
import { failureOf } from '../failures'
import type { Lifetime } from '../lifetime'
import { type Native, native, nativeError } from '../native'
import { errorOf } from '../store-error'
import { type CopyKind, describeMapping, isAnonymous, kindOf } from './classify'
import type { Memory } from './mappings'
import type { AuditHandle } from './native-audit'

/** Bits of audit::Encodings (src/audit/patterns.h), in this order. */
export const ENCODINGS = ['raw', 'reversed', 'hex', 'base64'] as const
/** A way of writing bytes: as they are, last first (as bignum libraries keep them), or as text. */
export type AuditEncoding = (typeof ENCODINGS)[number]

/** Numbers of audit::Form (src/audit/patterns.h). */
const FORMS = [
  'raw',
  'raw-utf16le',
  'reversed',
  'hex',
  'hex-utf16le',
  'base64',
  'base64-utf16le',
  'base64url',
  'base64url-utf16le',
] as const

/** Of a shorter secret, copies would be found that are none: audit::kShortestSought. */
export const SHORTEST_SOUGHT = 8

/** Where a search ends: audit::kMostHits. */
export const MOST_COPIES = 1000

/** A place in ordinary memory where a secret lies. */
export interface Copy {
  /** Of its first byte: 0x… */
  address: string
  /** The line of /proc/PID/maps: addresses, permissions, and the name where it has one. */
  mapping: string
  /** What memory that is. */
  kind: CopyKind
  /**
   * How it is written: raw, reversed, hex, base64 or base64url; ending in -utf16le for two bytes a character, as V8
   * keeps some strings.
   */
  encoding: string
}

export interface ScanOptions {
  encodings: readonly AuditEncoding[]
  signal?: AbortSignal | undefined
  /** Called now and then with the part that is done: 0 to 1. */
  onProgress?: ((part: number) => void) | undefined
}

export interface Scanned {
  copies: Copy[]
  /** Bytes that were read. */
  bytes: number
}

function addon(): Native {
  if (native !== null) return native
  throw new SecretMemoryError('ERR_MEMFD_SECRET_UNAVAILABLE', 'Expected the addon for an audit but received none', {
    hint: 'An audit needs Linux; run `memfd-secret doctor`',
    cause: nativeError ?? undefined,
  })
}

function prepare(secret: Lifetime, { encodings }: ScanOptions, ways: Native): AuditHandle {
  const bits = encodings.reduce((sum, encoding) => sum | (1 << ENCODINGS.indexOf(encoding)), 0)
  const answer = ways.prepareAudit(secret.handle, strengthOf(secret.backing), bits)
  if (typeof answer === 'number') throw errorOf(answer, ways.auditSize(secret.byteLength), ways)
  return answer
}

/** For what process_vm_readv(2) answered, or the memory for the list of ranges, of which there was none. */
function failed(answer: number, byteLength: number, ways: Native): SecretMemoryError {
  const { errno, name, syscall } = failureOf(answer)
  if (syscall !== 'process_vm_readv') return errorOf(answer, ways.auditSize(byteLength), ways)
  const refused = errno === constants.errno.EPERM || errno === constants.errno.ENOSYS
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected ${syscall} to work for an audit but received ${name}`,
    {
      errno: -errno,
      syscall,
      hint: refused ? 'A seccomp filter, or the lack of a right to trace, refuses it' : undefined,
    },
  )
}

function rangesOf({ mappings }: Memory): BigUint64Array {
  return BigUint64Array.from(mappings.flatMap((it) => [it.begin, it.end, isAnonymous(it) ? 1n : 0n]))
}

function watch(read: () => number, total: number, onProgress: ScanOptions['onProgress']): () => void {
  if (onProgress === undefined) return () => undefined
  const timer = setInterval(() => onProgress(Math.min(1, read() / total)), 200)
  return () => clearInterval(timer)
}

function copiesOf(words: BigUint64Array, memory: Memory): Copy[] {
  const found: { address: bigint; copy: Copy }[] = []
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [address = 0n, rest = 0n] = words.subarray(i, i + 2)
    const mapping = memory.mappings[Number(rest >> 16n)]
    if (mapping === undefined) continue
    const copy = {
      address: `0x${address.toString(16)}`,
      mapping: describeMapping(mapping),
      kind: kindOf(mapping, Number(rest & 0xffn), memory.stacks),
      encoding: FORMS[Number((rest >> 8n) & 0xffn)] ?? 'raw',
    }
    found.push({ address, copy })
  }
  return found.sort((one, other) => (one.address < other.address ? -1 : 1)).map(({ copy }) => copy)
}

/** Searches memory for copies of a secret, in a thread of libuv's pool. At most {@link MOST_COPIES}. */
export async function scan(secret: Lifetime, memory: () => Memory, options: ScanOptions): Promise<Scanned> {
  const { signal, onProgress } = options
  const { byteLength, backing } = secret
  const ways = addon()
  if (backing === 'heap') {
    throw new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      'Expected a secret outside of ordinary memory for an audit but received one with the backing heap',
      { hint: 'There the secret itself would be found. Run `memfd-secret doctor` for what this machine offers' },
    )
  }
  secret.assertOpen()
  if (byteLength < SHORTEST_SOUGHT) {
    throw outOfRange(
      `at least ${SHORTEST_SOUGHT} bytes, since fewer are met by chance,`,
      'secret.byteLength',
      byteLength,
    )
  }
  signal?.throwIfAborted()
  const read = memory()
  const handle = prepare(secret, options, ways)
  const total = read.mappings.reduce((sum, { begin, end }) => sum + Number(end - begin), 0)
  const running = ways.runAudit(handle, read.process, rangesOf(read))
  const abort = (): void => ways.cancelAudit(handle)
  signal?.addEventListener('abort', abort, { once: true })
  const unwatch = watch(() => ways.auditedBytes(handle), total, onProgress)
  let answer: number
  try {
    answer = await running
  } finally {
    unwatch()
    signal?.removeEventListener('abort', abort)
  }
  signal?.throwIfAborted()
  if (answer !== 0) throw failed(answer, byteLength, ways)
  const words = new BigUint64Array(2 * MOST_COPIES)
  const count = ways.readHits(handle, words)
  return { copies: copiesOf(words.subarray(0, 2 * count), read), bytes: ways.auditedBytes(handle) }
}
