import { SecretBuffer } from '../../../lib/index'
import { expectThrows } from '../expect'
import type { Step, World } from '../world'

/** Wrong on purpose. */
const wrong = (value: unknown): never => value as never

type Misuse = readonly [act: (secret: SecretBuffer) => unknown, code: string]

const TYPE = 'ERR_INVALID_ARG_TYPE'
const VALUE = 'ERR_INVALID_ARG_VALUE'
const RANGE = 'ERR_OUT_OF_RANGE'
const UNKNOWN = 'ERR_UNKNOWN_ENCODING'
const MALFORMED = 'ERR_MEMFD_SECRET_BAD_ENCODING'

const detached = new ArrayBuffer(8)
structuredClone(detached, { transfer: [detached] })

/** Of no secret, and of any that is alive. */
const MISUSES: readonly Misuse[] = [
  [() => SecretBuffer.alloc(0), RANGE],
  [() => SecretBuffer.alloc(-1), RANGE],
  [() => SecretBuffer.alloc(1.5), RANGE],
  [() => SecretBuffer.alloc(2 ** 31), RANGE],
  [() => SecretBuffer.alloc(wrong('32')), TYPE],
  [() => SecretBuffer.alloc(32, wrong(null)), TYPE],
  [() => SecretBuffer.alloc(32, { minBacking: wrong('strong') }), VALUE],
  [() => SecretBuffer.alloc(32, { isolated: wrong(1) }), TYPE],
  [() => SecretBuffer.alloc(32, { sealed: wrong('yes') }), TYPE],
  [() => SecretBuffer.random(wrong(undefined)), TYPE],
  [() => SecretBuffer.from(new Uint8Array(0)), RANGE],
  [() => SecretBuffer.from(detached), VALUE],
  [() => SecretBuffer.from(wrong(7)), TYPE],
  [() => SecretBuffer.from('secret', wrong('rot13')), UNKNOWN],
  [() => SecretBuffer.from('abc', 'hex'), MALFORMED],
  [() => SecretBuffer.from('zz', 'hex'), MALFORMED],
  [() => SecretBuffer.from('YQ', 'base64'), MALFORMED],
  [() => SecretBuffer.from('YR==', 'base64'), MALFORMED],
  [() => SecretBuffer.from('', 'base64'), MALFORMED],
  [() => SecretBuffer.take([]), RANGE],
  [() => SecretBuffer.take(wrong([1])), TYPE],
  [() => SecretBuffer.concat([]), RANGE],
  [() => SecretBuffer.concat(wrong([{}])), TYPE],
  [() => SecretBuffer.concat(wrong('secret')), TYPE],
  [() => SecretBuffer.fromFileSync(wrong({})), TYPE],
  [() => SecretBuffer.fromEnv('A=B'), VALUE],
  [() => SecretBuffer.fromEnv('MEMFD_SECRET_NOT_THERE'), 'ENOENT'],
  [() => SecretBuffer.fromKeyObject(wrong({})), TYPE],
  [() => new (SecretBuffer as unknown as new () => SecretBuffer)(), TYPE],
  [(secret) => secret.use(wrong(1)), TYPE],
  [(secret) => secret.fill(256), RANGE],
  [(secret) => secret.fill(wrong('x')), TYPE],
  [(secret) => secret.set(new Uint8Array(secret.byteLength + 1)), RANGE],
  [(secret) => secret.set(new Uint8Array(1), secret.byteLength), RANGE],
  [(secret) => secret.set(new Uint8Array(1), -1), RANGE],
  [(secret) => secret.set(wrong('bytes')), TYPE],
  [(secret) => secret.copyTo(new Uint8Array(8), 9), RANGE],
  [(secret) => secret.copyTo(new Uint8Array(8), 0, secret.byteLength + 1), RANGE],
  [(secret) => secret.copyTo(wrong({})), TYPE],
  [(secret) => secret.slice(wrong('0')), TYPE],
  [(secret) => secret.slice(0.5), RANGE],
  [(secret) => secret.slice(1, 1), RANGE],
  [(secret) => secret.equals(wrong('bytes')), TYPE],
  [(secret) => secret.encode(wrong('utf8')), UNKNOWN],
  [(secret) => secret.revealString(wrong('rot13')), UNKNOWN],
  [(secret) => secret.writeTo(-1), RANGE],
  [(secret) => secret.writeTo(0x7fff_ffff), 'EBADF'],
  [(secret) => secret.toKeyObject(wrong({ type: 'public' })), VALUE],
  [(secret) => structuredClone(wrong(secret)) && secret.fill(-1), RANGE],
]

/** Refused by the right code, and nothing is changed. */
function misuse(world: World): void {
  const entry = world.pickOpen()
  if (entry === null) return
  const [act, code] = world.random.pick(MISUSES)
  expectThrows(() => act(entry.secret), code, act.toString())
  world.checkViews(entry)
}

export const MISUSE: readonly Step[] = [{ name: 'misuse', weight: 60, run: misuse }]
