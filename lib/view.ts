import { inspect } from 'node:util'

/**
 * What use() and `bytes` give: a real Buffer (Buffer.isBuffer is true) over exactly the secret's bytes, whose
 * util.inspect and toJSON are redacted, also those of its subarrays. toString and indexing work as ever.
 */
export type SecretView = Buffer<ArrayBuffer>

/** [start, end) of a sequence of length, by the rules of Array.prototype.slice. */
function boundsOf(length: number, start: number | undefined, end: number | undefined): [number, number] {
  const resolve = (value: number | undefined, otherwise: number): number => {
    const index = value === undefined ? otherwise : Math.trunc(Number(value)) || 0
    return index < 0 ? Math.max(0, length + index) : Math.min(index, length)
  }
  const from = resolve(start, 0)
  return [from, Math.max(from, resolve(end, length))]
}

function redacted(this: Uint8Array): string {
  return `[SecretView: ${this.byteLength} bytes]`
}

class View extends Uint8Array<ArrayBuffer> {
  // Buffer's own would make a plain Buffer of the same memory, which prints its bytes.
  override subarray(start?: number, end?: number): View {
    const [from, to] = boundsOf(this.byteLength, start, end)
    return new View(this.buffer, this.byteOffset + from, to - from)
  }

  // As Buffer's: over the same memory, not a copy.
  override slice(start?: number, end?: number): View {
    return this.subarray(start, end)
  }
}

// From here on a View is a Buffer, for Buffer.isBuffer, for crypto and for fs, and still a class of its own.
Object.setPrototypeOf(View.prototype, Buffer.prototype)

const hidden = { configurable: true, enumerable: false, writable: true }
Object.defineProperties(View.prototype, {
  [inspect.custom]: { ...hidden, value: redacted },
  toJSON: { ...hidden, value: redacted },
  inspect: { ...hidden, value: redacted },
})

function memoryRedacted(this: ArrayBuffer): string {
  return `[SecretMemory: ${this.byteLength} bytes]`
}

/** A view of the whole of memory. Inspecting view.buffer shows no byte either. */
export function makeView(memory: ArrayBuffer): SecretView {
  // Set, not defined: a tenth of what a use costs, and nothing lists a symbol's property but on purpose.
  ;(memory as { [inspect.custom]?: unknown })[inspect.custom] = memoryRedacted
  return new View(memory) as unknown as SecretView
}

/** Whether a value reaches memory: it, or a view over it. */
export function reaches(value: unknown, memory: ArrayBuffer): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (value === memory) return true
  if (ArrayBuffer.isView(value)) return value.buffer === memory
  return false
}
