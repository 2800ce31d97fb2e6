import t from 'tap'
import { SecretMemoryError } from '../../lib/errors'
import { SecretBuffer } from '../../lib/secret-buffer'
import { DISPOSED, INVALID_TYPE, MARKER, refuses, thrownBy } from './thrown'

t.test('a forged this is a TypeError', async (t) => {
  // What reads nothing of a secret itself.
  const skipped = ['constructor', 'sealed', 'toJSON']
  const names = Object.getOwnPropertyNames(SecretBuffer.prototype).filter((name) => !skipped.includes(name))
  const forged: readonly unknown[] = [{}, Object.create(SecretBuffer.prototype), undefined, null, 7, Buffer.alloc(4)]
  forged.concat(new Proxy(SecretBuffer.from(MARKER), {})).forEach((target) => {
    for (const name of [...names, Symbol.dispose, Symbol.asyncDispose]) {
      const property = Object.getOwnPropertyDescriptor(SecretBuffer.prototype, name)
      const method = property?.get ?? (property?.value as unknown)
      if (typeof method !== 'function') continue
      const error = thrownBy(() => Reflect.apply(method, target, [Buffer.alloc(1)]), String(name))
      t.ok(error instanceof TypeError, `${String(name)}: ${error.message}`)
    }
  })
  const { alloc } = SecretBuffer
  t.equal(alloc(4).byteLength, 4, 'the factories need no this')
})

t.test('every method of a disposed secret', async (t) => {
  const gone = SecretBuffer.from(MARKER)
  gone.dispose()
  const live = SecretBuffer.from(MARKER)
  const methods: Readonly<Record<string, () => unknown>> = {
    bytes: () => gone.bytes,
    use: () => gone.use(() => t.fail('called')),
    set: () => gone.set(Buffer.from('x')),
    'set of nothing': () => gone.set(new Uint8Array(0)),
    'set of a secret': () => gone.set(live),
    copyTo: () => gone.copyTo(Buffer.alloc(4)),
    'copyTo nowhere': () => gone.copyTo(new Uint8Array(0)),
    'copyTo a secret': () => gone.copyTo(live),
    slice: () => gone.slice(),
    fill: () => gone.fill(0),
    equals: () => gone.equals(live),
    'equals itself': () => gone.equals(gone),
    'equals bytes': () => gone.equals(Buffer.alloc(MARKER.length)),
    revealString: () => gone.revealString(),
    from: () => SecretBuffer.from(gone),
    concat: () => SecretBuffer.concat([live, gone]),
    'as a source': () => live.set(gone),
    'as a target': () => live.copyTo(gone),
    'as the other': () => live.equals(gone),
  }
  for (const [name, method] of Object.entries(methods)) refuses(method, DISPOSED, name)
  gone.dispose()
  gone.destroy()
  gone[Symbol.dispose]()
  await gone[Symbol.asyncDispose]()
  t.equal(gone.disposed, true)
  t.equal(gone.byteLength, MARKER.length)
  t.equal(live.revealString(), MARKER, 'the other one is untouched')
})

t.test('the error class', async (t) => {
  const error = refuses(() => SecretBuffer.from('zz', 'hex'), 'ERR_MEMFD_SECRET_BAD_ENCODING', 'bad text')
  t.ok(error instanceof SecretMemoryError)
  t.equal(error.name, 'SecretMemoryError')
  t.match(error.stack, /^SecretMemoryError: Expected/)
  t.match(error.message, error.hint, 'the message ends with the hint')
  t.same(Object.keys(error).sort(), ['code', 'hint'])
  const wrong = refuses(() => SecretBuffer.alloc('8' as never), INVALID_TYPE, 'a string')
  t.match(wrong.stack, /^TypeError \[ERR_INVALID_ARG_TYPE\]: Expected/)
  t.match(String(wrong), 'TypeError: Expected a number for byteLength but received type string')
})
