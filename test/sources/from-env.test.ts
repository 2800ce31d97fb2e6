import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { SecretBuffer } from '../../lib/index'

const NAME = 'FROM_ENV_TEST'

t.beforeEach(() => {
  process.env[NAME] = '68656c6c6f\n'
})

t.test('takes the value, which is gone then', async (t) => {
  const secret = SecretBuffer.fromEnv(NAME, { trimNewline: true, decode: 'hex' })
  t.equal(secret.revealString(), 'hello')
  t.notOk(NAME in process.env)
  t.throws(() => SecretBuffer.fromEnv(NAME), { code: 'ENOENT', syscall: 'getenv', path: NAME })
})

t.test('bytes of UTF-8, as they are', async (t) => {
  process.env[NAME] = 'schlüssel=🔑'
  t.equal(SecretBuffer.fromEnv(NAME).revealString(), 'schlüssel=🔑')
})

t.test('nothing is lost where no secret can be made', async (t) => {
  const refused = [
    [{ decode: 'base64url' }, { code: 'ERR_MEMFD_SECRET_BAD_ENCODING' }],
    [{ maxBytes: 10 }, { code: 'ERR_MEMFD_SECRET_TOO_LARGE' }],
    [{ decode: 'utf8' }, { code: 'ERR_UNKNOWN_ENCODING' }],
  ] as const
  for (const [options, expected] of refused) {
    t.throws(() => SecretBuffer.fromEnv(NAME, options as object), expected)
    t.equal(process.env[NAME], '68656c6c6f\n')
  }
})

t.test('an empty value, or only a newline', async (t) => {
  process.env[NAME] = ''
  t.throws(() => SecretBuffer.fromEnv(NAME), { code: 'ERR_INVALID_ARG_VALUE' })
  process.env[NAME] = '\n'
  t.throws(() => SecretBuffer.fromEnv(NAME, { trimNewline: true }), { code: 'ERR_INVALID_ARG_VALUE' })
})

t.test('names', async (t) => {
  t.throws(() => SecretBuffer.fromEnv('NO_SUCH_VARIABLE'), { code: 'ENOENT' })
  for (const name of ['', `${NAME}=`, `${NAME}\0`, 'A=B']) {
    t.throws(() => SecretBuffer.fromEnv(name), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  t.throws(() => SecretBuffer.fromEnv(1 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => SecretBuffer.fromEnv('F'.repeat(70_000)), { code: 'ENOENT' })
  t.throws(() => SecretBuffer.fromEnv(NAME.slice(0, -1)), { code: 'ENOENT' }, 'not a prefix')
})

t.test('refused in a Worker, whose process.env is a copy', async (t) => {
  const script = `
    const { SecretBuffer } = require(${JSON.stringify(require.resolve('../../lib/index'))})
    const { parentPort } = require('node:worker_threads')
    try { SecretBuffer.fromEnv('${NAME}') } catch (error) { parentPort.postMessage(error.code) }
  `
  const worker = new Worker(script, { eval: true })
  // Listened for at once: it may exit before the answer has been read.
  const ended = once(worker, 'exit')
  const [code] = await once(worker, 'message')
  t.equal(code, 'ERR_MEMFD_SECRET_UNAVAILABLE')
  t.ok(NAME in process.env)
  await ended
})
