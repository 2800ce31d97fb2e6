/** Random numbers that are the same for the same seed (xorshift32). */
export class Random {
  #state: number

  constructor(seed: number) {
    // Seeds that are near each other must not begin alike.
    this.#state = (Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) ^ 0x9e3779b9) >>> 0 || 1
    for (let i = 0; i < 8; i++) this.next()
  }

  /** 32 bits. */
  next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state
  }

  /** A whole number from 0 to bound - 1. */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound)
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True once in `of` times. */
  once(of: number): boolean {
    return this.below(of) === 0
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('Expected a list of at least one')
    return list[this.below(list.length)] as T
  }

  bytes(length: number): Buffer<ArrayBuffer> {
    const bytes = Buffer.from(new ArrayBuffer(length))
    const whole = length - (length % 4)
    for (let i = 0; i < whole; i += 4) bytes.writeUInt32LE(this.next(), i)
    for (let i = whole; i < length; i++) bytes[i] = this.next() & 0xff
    return bytes
  }
}

export const randomSeed = (): number => Math.floor(Math.random() * 0x7fff_ffff) + 1
