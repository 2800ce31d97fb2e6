import { createHmac, createSecretKey } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { types } from 'node:util'
import { serialize } from 'node:v8'
import t from 'tap'
import * as main from '../../lib/index'
import * as raw from '../../lib/raw'
import * as share from '../../lib/share'
import * as sources from '../../lib/sources'

// Walks all that the package exports. What gives bytes of a secret away is named here, and nothing else may: what is new
// fails the test until it is called below with a secret of known bytes, and gives none of them.

const { SecretBuffer } = main
type Secret = main.SecretBuffer

const BYTES = Buffer.from('a secret of known bytes, 37 in length')

/** The ways out, each easy to grep. */
const OUT = ['use', 'bytes', 'copyTo', 'revealString', 'writeTo', 'toKeyObject']

const make = (): Secret => SecretBuffer.from(BYTES)

/** The rest: how it is called, given a secret. */
const CALLS: Record<string, (secret: Secret) => unknown> = {
  byteLength: (secret) => secret.byteLength,
  backing: (secret) => secret.backing,
  sealed: (secret) => secret.sealed,
  disposed: (secret) => secret.disposed,
  set: (secret) => secret.set(BYTES),
  slice: (secret) => secret.slice(),
  fill: (secret) => secret.slice().fill(1),
  equals: (secret) => secret.equals(BYTES),
  encode: (secret) => [secret.encode('hex'), secret.encode('base64'), secret.encode('base64url')],
  dispose: (secret) => secret.slice().dispose(),
  destroy: (secret) => secret.slice().destroy(),
  toString: (secret: Secret) => [secret.toString(), `${String(secret)}`],
  toJSON: (secret) => [secret.toJSON(), JSON.stringify({ deep: [secret] })],
  'Symbol(nodejs.util.inspect.custom)': (secret) =>
    (secret as unknown as Record<symbol, () => unknown>)[Symbol.for('nodejs.util.inspect.custom')]?.(),
  [String(Symbol.dispose)]: (secret) => secret.slice()[Symbol.dispose](),
  [String(Symbol.asyncDispose)]: (secret) => secret.slice()[Symbol.asyncDispose](),
  'Symbol(Symbol.toStringTag)': (secret) => Object.prototype.toString.call(secret),
  'static alloc': () => SecretBuffer.alloc(4),
  'static random': () => SecretBuffer.random(4),
  'static from': (secret) => [SecretBuffer.from(secret), SecretBuffer.from(BYTES)],
  'static take': () => SecretBuffer.take(Buffer.from(BYTES)),
  'static concat': (secret) => SecretBuffer.concat([secret, secret]),
  'static fromFile': () => SecretBuffer.fromFile(__filename),
  'static fromFileSync': () => SecretBuffer.fromFileSync(__filename),
  'static fromStream': () => SecretBuffer.fromStream(new Blob([BYTES]).stream()),
  'static fromEnv': () => {
    process.env['PUBLIC_API_TEST'] = BYTES.toString()
    return SecretBuffer.fromEnv('PUBLIC_API_TEST')
  },
  'static fromKeyObject': () => SecretBuffer.fromKeyObject(createSecretKey(BYTES)),
  'share.toWorker': (secret) => share.toWorker(secret),
  'share.toProcess': (secret) => {
    const handle = share.toProcess(secret)
    handle.close()
    return handle
  },
  'share.open': (secret) => share.open(share.toWorker(secret)),
  // Of two processes; handover.test.ts has them, and what they give is a SecretBuffer and a name.
  'share.sendSecret': () => undefined,
  'share.receiveSecret': () => undefined,
  // Of a terminal and of systemd: prompt.test.ts and credential.test.ts.
  'sources.prompt': () => undefined,
  'sources.credential': () => undefined,
  'sources.credentialSync': () => undefined,
  // The system call itself, for those who build their own: it knows nothing of secrets but the descriptor it is given.
  'raw.O_CLOEXEC': () => raw.O_CLOEXEC,
  'raw.memfdSecret': () => {
    const descriptor = raw.memfdSecret()
    closeSync(descriptor)
    return descriptor
  },
  'raw.map': () => undefined,
  'raw.unmap': () => undefined,
}

/** Exports of the package's root that take no secret. */
const WITHOUT_SECRETS = ['SecretMemoryError', 'assertSupport', 'configure', 'harden', 'probe', 'stats', 'SecretBuffer']

const FORMS = [BYTES, BYTES.toString('hex'), BYTES.toString('base64'), BYTES.toString('base64url')].map((form) =>
  Buffer.from(form).subarray(0, 12),
)

/** Everything that can be reached from a value by its properties, private ones of secrets aside, as one run of bytes. */
function reach(value: unknown, seen = new Set<unknown>()): Buffer {
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return Buffer.from(String(value))
  seen.add(value)
  if (types.isArrayBuffer(value)) return Buffer.from(value)
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const own = Reflect.ownKeys(value).map((key) => reach((value as Record<PropertyKey, unknown>)[key], seen))
  return Buffer.concat([...own, serialize(cloneable(value))])
}

function cloneable(value: object): unknown {
  try {
    return structuredClone(value)
  } catch {
    return null
  }
}

const givesBytes = (value: unknown): boolean => FORMS.some((form) => reach(value).includes(form))

function namesOf(): string[] {
  const of = (prefix: string, object: object, left: readonly PropertyKey[] = []): string[] =>
    Reflect.ownKeys(object)
      .filter((key) => !left.includes(key))
      .map((key) => `${prefix}${String(key)}`)
  return [
    ...of('', SecretBuffer.prototype, ['constructor']),
    ...of('static ', SecretBuffer, ['length', 'name', 'prototype']),
    ...of('share.', share, ['__esModule']),
    ...of('sources.', sources, ['__esModule']),
    ...of('raw.', raw, ['__esModule']),
  ]
}

t.test('every name is a way out or is called here', async (t) => {
  const unknown = namesOf().filter((name) => !OUT.includes(name) && !(name in CALLS))
  t.same(unknown, [], 'classify and call it in this test')
  const strange = Object.keys(main).filter((name) => !WITHOUT_SECRETS.includes(name))
  t.same(strange, [], 'an export of the root that this test does not know')
})

for (const name of namesOf().filter((candidate) => !OUT.includes(candidate))) {
  t.test(`${name} gives no byte away`, async (t) => {
    const result: unknown = await CALLS[name]?.(make())
    t.notOk(givesBytes(result))
  })
}

t.test('the ways out do give them: the look is not blind', async (t) => {
  const secret = make()
  const target = Buffer.alloc(BYTES.length)
  secret.copyTo(target)
  t.ok(givesBytes(secret.use((bytes) => Uint8Array.from(bytes))), 'use')
  t.ok(givesBytes(secret.bytes), 'bytes')
  t.ok(givesBytes(target), 'copyTo')
  t.ok(givesBytes({ deep: [secret.revealString('base64')] }), 'revealString')
  const key = secret.toKeyObject({ allowHeapCopy: true })
  t.equal(createHmac('sha1', key).digest('hex'), createHmac('sha1', BYTES).digest('hex'), 'toKeyObject')
  const nowhere = openSync('/dev/null', 'w')
  t.equal(secret.writeTo(nowhere), BYTES.length, 'writeTo')
  closeSync(nowhere)
})
