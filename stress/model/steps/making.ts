import { createSecretKey } from 'node:crypto'
import { SecretBuffer, type SecretOptions } from '../../../lib/index'
import type { Entry } from '../entry'
import { expectBytes, expectSame, expectThrows } from '../expect'
import type { Step, World } from '../world'

/** Makes a secret of these bytes, unless there are enough. */
function make(
  world: World,
  bytes: () => Uint8Array,
  act: (bytes: Uint8Array, options: SecretOptions) => SecretBuffer,
): void {
  if (world.full) return
  const options = world.options()
  const given = bytes()
  // What is taken is zeroed.
  const expected = Buffer.from(given)
  const made = world.attempt(() => act(given, options))
  if (made !== null) world.checkViews(world.add(made.value, expected, options))
}

const randomBytes = (world: World) => (): Buffer<ArrayBuffer> => world.random.bytes(world.byteLength())

/** The same memory in each of the forms that are taken. */
function inSomeForm(world: World, bytes: Uint8Array): NodeJS.ArrayBufferView | ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes as Buffer<ArrayBuffer>
  const form = world.random.below(4)
  if (form === 0 && byteOffset === 0 && byteLength === buffer.byteLength) return buffer
  if (form === 1) return new DataView(buffer, byteOffset, byteLength)
  if (form === 2 && byteLength % 2 === 0) return new Uint16Array(buffer, byteOffset, byteLength / 2)
  return bytes
}

function alloc(world: World): void {
  make(
    world,
    () => Buffer.alloc(world.byteLength()),
    (bytes, options) => SecretBuffer.alloc(bytes.length, options),
  )
}

/** What is random cannot be known before; that it is not zero, nor the same twice, for lengths that tell. */
function random(world: World): void {
  if (world.full) return
  const length = world.byteLength()
  const options = world.options()
  const made = world.attempt(() => SecretBuffer.random(length, options))
  if (made === null) return
  const found = Buffer.alloc(length)
  made.value.copyTo(found)
  if (length >= 16)
    expectSame(
      found.every((byte) => byte === found[0]),
      false,
      'random bytes that are all the same',
    )
  world.add(made.value, found, options)
}

function fromBytes(world: World): void {
  make(world, randomBytes(world), (bytes, options) => {
    const copy = Buffer.from(bytes)
    const made = SecretBuffer.from(inSomeForm(world, bytes), options)
    expectBytes(bytes, copy, 'the source of from()')
    return made
  })
}

const ENCODINGS = ['hex', 'base64', 'base64url', 'latin1', 'binary'] as const

function fromText(world: World): void {
  const encoding = world.random.pick(ENCODINGS)
  make(world, randomBytes(world), (bytes, options) =>
    SecretBuffer.from(Buffer.from(bytes).toString(encoding), encoding, options),
  )
}

function take(world: World): void {
  let sources: Uint8Array[] = []
  make(
    world,
    () => {
      sources = Array.from({ length: world.random.between(1, 3) }, () =>
        world.random.bytes(world.random.between(1, 900)),
      )
      return Buffer.concat(sources)
    },
    (_bytes, options) => SecretBuffer.take(sources.length === 1 ? (sources[0] ?? []) : sources, options),
  )
}

/** A new secret made of others, which stay as they are; refused where one of them is over. */
function derive(
  world: World,
  of: readonly Entry[],
  expected: () => Uint8Array,
  act: (options: SecretOptions) => SecretBuffer,
): void {
  const options = world.options()
  if (of.some(({ state }) => state !== 'open')) {
    expectThrows(() => act(options), 'ERR_MEMFD_SECRET_DISPOSED', 'what is made of a secret that is over')
    return
  }
  const bytes = Buffer.from(expected())
  const made = world.attempt(() => act(options))
  if (made === null) return
  world.add(
    made.value,
    bytes,
    options,
    of.some(({ sealed }) => sealed),
  )
  for (const source of of) world.checkViews(source)
}

function copy(world: World): void {
  const source = world.pickAny()
  if (source === null || world.full) return
  derive(
    world,
    [source],
    () => source.contents,
    (options) => SecretBuffer.from(source.secret, options),
  )
}

function slice(world: World): void {
  const source = world.pickAny()
  if (source === null || world.full) return
  const start = world.random.between(-source.byteLength, source.byteLength)
  const end = world.random.once(3) ? undefined : world.random.between(-source.byteLength, source.byteLength + 9)
  const expected = source.contents.subarray(start, end)
  if (expected.length === 0 && source.state === 'open') {
    expectThrows(() => source.secret.slice(start, end), 'ERR_OUT_OF_RANGE', 'an empty slice')
    return
  }
  if (expected.length > 0)
    derive(
      world,
      [source],
      () => expected,
      (options) => source.secret.slice(start, end, options),
    )
}

function concat(world: World): void {
  const sources = Array.from({ length: world.random.between(1, 4) }, () => world.pickAny()).filter(
    (source) => source !== null && source.byteLength < 20_000,
  ) as Entry[]
  if (sources.length === 0 || world.full) return
  derive(
    world,
    sources,
    () => Buffer.concat(sources.map(({ contents }) => contents)),
    (options) =>
      SecretBuffer.concat(
        sources.map(({ secret }) => secret),
        options,
      ),
  )
}

function encode(world: World): void {
  const source = world.pickAny()
  if (source === null || world.full || source.byteLength > 20_000) return
  const encoding = world.random.pick(['hex', 'base64', 'base64url'] as const)
  derive(
    world,
    [source],
    () => Buffer.from(source.contents.toString(encoding), 'latin1'),
    (options) => source.secret.encode(encoding, options),
  )
}

function fromKey(world: World): void {
  make(world, randomBytes(world), (bytes, options) => SecretBuffer.fromKeyObject(createSecretKey(bytes), options))
}

function toKey(world: World): void {
  const entry = world.pickOpen()
  if (entry === null) return
  expectThrows(() => entry.secret.toKeyObject({ type: 'secret' }), 'ERR_MEMFD_SECRET_HEAP_COPY', 'toKeyObject()')
  const made = world.attempt(() => entry.secret.toKeyObject({ type: 'secret', allowHeapCopy: true }))
  if (made !== null) expectBytes(made.value.export(), entry.contents, 'the key')
}

let variables = 0

function fromEnvironment(world: World): void {
  const name = `MEMFD_SECRET_STRESS_${++variables}`
  make(
    world,
    () => Buffer.from(world.random.bytes(world.random.between(1, 200)).toString('base64')),
    (bytes, options) => {
      process.env[name] = Buffer.from(bytes).toString()
      try {
        const made = SecretBuffer.fromEnv(name, options)
        expectSame(process.env[name], undefined, 'the variable')
        return made
      } finally {
        delete process.env[name]
      }
    },
  )
}

export const MAKING: readonly Step[] = [
  { name: 'alloc', weight: 60, run: alloc },
  { name: 'random', weight: 60, run: random },
  { name: 'from bytes', weight: 80, run: fromBytes },
  { name: 'from text', weight: 40, run: fromText },
  { name: 'take', weight: 40, run: take },
  { name: 'from a secret', weight: 30, run: copy },
  { name: 'slice', weight: 40, run: slice },
  { name: 'concat', weight: 25, run: concat },
  { name: 'encode', weight: 25, run: encode },
  { name: 'fromKeyObject', weight: 4, run: fromKey },
  { name: 'toKeyObject', weight: 6, run: toKey },
  { name: 'fromEnv', weight: 2, run: fromEnvironment },
]
