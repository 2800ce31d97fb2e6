import { SecretBuffer, type SecretOptions } from '../../../lib/index'
import type { Report } from '../injector'
import { endsOnTheWay, MARKER, type Scenario, scenario } from '../scenario'

const LONG = 10_000
const longMarker = (): Buffer => Buffer.alloc(LONG, MARKER)

const contentsOf = (secret: SecretBuffer): Buffer => {
  const copy = Buffer.alloc(secret.byteLength)
  secret.copyTo(copy)
  return copy
}

function expectContents(secret: SecretBuffer, expected: Uint8Array): void {
  if (!contentsOf(secret).equals(expected)) throw new Error('Expected the bytes that were given but received others')
}

interface Made {
  name: string
  make: () => SecretBuffer
  expected?: () => Uint8Array
  /** Errors at which a smaller chunk, or another block, serves as well. */
  grows?: boolean
  tolerates?: (report: Report) => boolean
}

/** A secret that is made from nothing else, and ended. */
function making({ name, make, expected, grows = false, tolerates }: Made): Scenario {
  return scenario<null>({
    name,
    prepare: () => null,
    act: make,
    works: (made) => {
      if (expected !== undefined) expectContents(made as SecretBuffer, expected())
      ;(made as SecretBuffer).fill(MARKER[0] ?? 0)
      ;(made as SecretBuffer).set(MARKER.subarray(0, Math.min(MARKER.length, (made as SecretBuffer).byteLength)))
    },
    finish: (_state, made) => (made as SecretBuffer | undefined)?.dispose(),
    tolerates: (report) => (grows && report.site === 'malloc') || tolerates?.(report) === true,
  })
}

const own: SecretOptions = { isolated: true }
const zeros = (length: number) => () => Buffer.alloc(length)
const hexOf = (bytes: Buffer): string => bytes.toString('hex')

const makes: readonly Made[] = [
  { name: 'alloc', make: () => SecretBuffer.alloc(32), expected: zeros(32), grows: true },
  {
    name: 'alloc, of a class that has no block',
    make: () => SecretBuffer.alloc(800),
    expected: zeros(800),
    grows: true,
  },
  { name: 'alloc, long', make: () => SecretBuffer.alloc(LONG), expected: zeros(LONG) },
  { name: 'alloc, isolated', make: () => SecretBuffer.alloc(32, own), expected: zeros(32) },
  { name: 'random', make: () => SecretBuffer.random(32), grows: true },
  { name: 'random, long', make: () => SecretBuffer.random(LONG) },
  { name: 'from bytes', make: () => SecretBuffer.from(longMarker()), expected: longMarker },
  { name: 'from text', make: () => SecretBuffer.from(longMarker().toString('latin1'), 'latin1'), expected: longMarker },
  {
    name: 'from hex',
    make: () => SecretBuffer.from(hexOf(longMarker()), 'hex'),
    expected: longMarker,
    tolerates: endsOnTheWay,
  },
]

const taking = scenario<Buffer[]>({
  name: 'take',
  prepare: () => [longMarker(), longMarker()],
  act: (sources) => SecretBuffer.take(sources),
  works: (made, sources) => {
    expectContents(made as SecretBuffer, Buffer.concat([longMarker(), longMarker()]))
    if (sources.some((source) => source.some((byte) => byte !== 0))) throw new Error('Expected zeroed sources')
  },
  failed: (sources) => {
    if (!sources.every((source) => source.equals(longMarker())))
      throw new Error('Expected whole sources after a failure')
  },
  finish: (_sources, made) => (made as SecretBuffer | undefined)?.dispose(),
})

/** One that is made from another, which stays as it is. */
function deriving(name: string, derive: (source: SecretBuffer) => SecretBuffer, expected: () => Buffer): Scenario {
  return scenario<SecretBuffer>({
    name,
    prepare: () => SecretBuffer.from(longMarker()),
    act: derive,
    works: (made) => expectContents(made as SecretBuffer, expected()),
    finish: (source, made) => {
      expectContents(source, longMarker())
      source.dispose()
      ;(made as SecretBuffer | undefined)?.dispose()
    },
  })
}

const twice = (): Buffer => Buffer.concat([longMarker(), longMarker()])

export const MAKING: readonly Scenario[] = [
  ...makes.map(making),
  taking,
  deriving('from a secret', (source) => SecretBuffer.from(source), longMarker),
  deriving(
    'slice',
    (source) => source.slice(1),
    () => longMarker().subarray(1),
  ),
  deriving('concat', (source) => SecretBuffer.concat([source, source]), twice),
  deriving(
    'encode',
    (source) => source.encode('base64'),
    () => Buffer.from(longMarker().toString('base64')),
  ),
]
