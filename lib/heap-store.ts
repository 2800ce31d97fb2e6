import { SecretMemoryError } from './errors'
import { decodeOnHeap } from './heap-text'
import { crypto } from './lazy-builtins'
import { Answer, type Handle, type Store, TEXT_ENCODINGS, type TextEncoding } from './native'

// The store in plain JavaScript, where the addon cannot be had: no page is locked or hidden, but lifetimes, wiping and
// redaction are the same. Two ArrayBuffers cannot share memory here, so each view is a copy made when it opens; what
// was written through it is merged back when it closes.

interface OpenView {
  secret: HeapSecret
  before: Uint8Array
}

class HeapSecret {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly views = new Set<ArrayBuffer>()
  open = true
  ended = false
  uses = 0

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength)
  }
}

function makeSecret(byteLength: number): HeapSecret {
  try {
    return new HeapSecret(byteLength)
  } catch {
    throw new SecretMemoryError(
      'ERR_MEMFD_SECRET_LIMIT',
      `Expected room for ${byteLength} bytes for a secret but received a refusal of the JavaScript runtime`,
      { hint: 'Dispose secrets that are no longer used, or give the process more memory' },
    )
  }
}

const openViews = new WeakMap<ArrayBuffer, OpenView>()
const totals = { secrets: 0, bytes: 0, pending: 0, collected: 0 }
const collected = new FinalizationRegistry<Uint8Array>((bytes) => {
  bytes.fill(0)
  totals.secrets--
  totals.bytes -= bytes.byteLength
  totals.collected++
})

const secretOf = (handle: Handle): HeapSecret => handle as HeapSecret
const encodingOf = (number: number): TextEncoding => TEXT_ENCODINGS[number] ?? 'hex'

function detachMemory(memory: ArrayBuffer): void {
  try {
    structuredClone(memory, { transfer: [memory] })
  } catch {
    // Marked as untransferable by its user, or already moved: it is wiped all the same.
  }
}

function closeView(memory: ArrayBuffer): void {
  const open = openViews.get(memory)
  if (open === undefined) return
  openViews.delete(memory)
  open.secret.views.delete(memory)
  // Of length 0 where its user moved it away: what was written through it is lost then.
  if (memory.byteLength > 0) {
    const now = new Uint8Array(memory)
    if (!open.secret.ended) {
      for (const [i, byte] of now.entries()) if (byte !== open.before[i]) open.secret.bytes[i] = byte
    }
    now.fill(0)
    detachMemory(memory)
  }
  open.before.fill(0)
}

function openView(secret: HeapSecret): ArrayBuffer {
  const copy = secret.bytes.slice()
  openViews.set(copy.buffer, { secret, before: secret.bytes.slice() })
  secret.views.add(copy.buffer)
  return copy.buffer
}

function end(secret: HeapSecret): number {
  if (secret.ended) return Answer.done
  if (!secret.open && secret.uses > 0) totals.pending--
  secret.open = false
  secret.ended = true
  secret.bytes.fill(0)
  for (const memory of secret.views) if (memory.byteLength > 0) new Uint8Array(memory).fill(0)
  collected.unregister(secret)
  totals.secrets--
  totals.bytes -= secret.bytes.byteLength
  return Answer.done
}

/** What a secret holds for a call of the store: the bytes, merged with what open `bytes` views wrote. */
function whenOpen<T>(handle: Handle, act: (bytes: Uint8Array, secret: HeapSecret) => T): T | number {
  const secret = secretOf(handle)
  if (!secret.open) return Answer.disposed
  mergeViews(secret)
  const result = act(secret.bytes, secret)
  for (const memory of secret.views) refresh(memory, secret)
  return result
}

function mergeViews(secret: HeapSecret): void {
  for (const memory of secret.views) {
    const open = openViews.get(memory)
    if (open === undefined || memory.byteLength === 0) continue
    for (const [i, byte] of new Uint8Array(memory).entries()) {
      if (byte !== open.before[i]) secret.bytes[i] = open.before[i] = byte
    }
  }
}

function refresh(memory: ArrayBuffer, secret: HeapSecret): void {
  if (memory.byteLength === 0) return
  new Uint8Array(memory).set(secret.bytes)
  openViews.get(memory)?.before.set(secret.bytes)
}

export const heapStore: Store = {
  allocate(_strength, byteLength) {
    const secret = makeSecret(byteLength)
    collected.register(secret, secret.bytes, secret)
    totals.secrets++
    totals.bytes += byteLength
    return secret
  },
  view: (handle) => whenOpen(handle, (_bytes, secret) => openView(secret)),
  detach: closeView,
  use(handle, run) {
    const secret = secretOf(handle)
    const memory = whenOpen(handle, () => openView(secret))
    if (typeof memory === 'number') return memory
    secret.uses++
    return run(memory)
  },
  endUse(handle, memory) {
    const secret = secretOf(handle)
    closeView(memory)
    secret.uses--
    if (secret.ended || secret.open || secret.uses > 0) return Answer.done
    totals.pending--
    return end(secret)
  },
  dispose(handle) {
    const secret = secretOf(handle)
    if (secret.uses === 0 || secret.ended) return end(secret)
    if (secret.open) totals.pending++
    secret.open = false
    return Answer.pending
  },
  destroy: (handle) => end(secretOf(handle)),
  isOpen: (handle) => secretOf(handle).open,
  fillRandom: (handle) => whenOpen(handle, (bytes) => (crypto().randomFillSync(bytes), Answer.done)),
  fill: (handle, value) => whenOpen(handle, (bytes) => (bytes.fill(value), Answer.done)),
  copyIn: (handle, offset, source) => whenOpen(handle, (bytes) => (bytes.set(source, offset), Answer.done)),
  copyOut: (handle, start, target) =>
    whenOpen(handle, (bytes) => (target.set(bytes.subarray(start, start + target.byteLength)), Answer.done)),
  copyBetween: (from, start, to, offset, count) =>
    whenOpen(from, (source) =>
      whenOpen(to, (target) => (target.set(source.subarray(start, start + count), offset), Answer.done)),
    ),
  equals: (handle, other) =>
    whenOpen(handle, (bytes) => bytes.byteLength === other.byteLength && crypto().timingSafeEqual(bytes, other)),
  equalsSecret: (handle, other) =>
    whenOpen(handle, (bytes) =>
      whenOpen(other, (others) => bytes.byteLength === others.byteLength && crypto().timingSafeEqual(bytes, others)),
    ),
  writeLatin1: (handle, text) =>
    whenOpen(handle, (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(text, 'latin1')),
  decodedLength(handle, length, encoding) {
    const decoded = decodeOnHeap(secretOf(handle).bytes.subarray(0, length), encodingOf(encoding))
    const byteLength = decoded?.byteLength ?? 0
    decoded?.fill(0)
    return byteLength
  },
  decode(text, length, bytes, encoding) {
    const decoded = decodeOnHeap(secretOf(text).bytes.subarray(0, length), encodingOf(encoding))
    if (decoded === null) return false
    secretOf(bytes).bytes.set(decoded)
    decoded.fill(0)
    return true
  },
  encode: (bytes, text, encoding) =>
    whenOpen(bytes, (source) =>
      whenOpen(text, (target) => {
        const encoded = Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString(encodingOf(encoding))
        Buffer.from(target.buffer, target.byteOffset, target.byteLength).write(encoded, 'latin1')
        return Answer.done
      }),
    ),
  wipe(bytes) {
    bytes.fill(0)
  },
  reserve: () => 0,
  readStats(target) {
    target.set([totals.secrets, totals.bytes, 0, 0, 0, 0, totals.pending, totals.collected])
  },
}
