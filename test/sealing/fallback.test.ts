import t from 'tap'
import { probe } from '../../lib/index'
import { evaluate, filtered } from '../detection/refusing'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret, to refuse it')
  process.exit()
}

// Locked memory in place of memfd_secret, and its one warning not to be read.
const evaluateLocked = <T>(script: string): T =>
  evaluate<T>(`process.removeAllListeners('warning');${script}`, { launchers: [filtered('EPERM', 'memfd_secret')] })

const SHARE = JSON.stringify(require.resolve('../../lib/share'))

void t.test('options that an object inherits count, also for what is made of a sealed secret', async (t) => {
  const told = evaluateLocked(`
    const { open, toWorker } = require(${SHARE})
    const options = Object.create({ minBacking: 'memfd_secret' })
    const sealed = lib.SecretBuffer.random(16, { sealed: true })
    answer([
      () => sealed.slice(0, 8, options),
      () => sealed.encode('hex', options),
      () => lib.SecretBuffer.concat([sealed], options),
      () => lib.SecretBuffer.from('00', 'hex', options),
      () => open(toWorker(sealed), options),
    ].map(codeOf))`)
  t.same(told, Array(5).fill('ERR_MEMFD_SECRET_UNAVAILABLE'))
})

void t.test('sealed in locked memory: used, written, shared', async (t) => {
  const told = evaluateLocked(`
    const { open, toWorker } = require(${SHARE})
    const secret = lib.SecretBuffer.from(Buffer.from('closed in locked memory'), { sealed: true })
    const other = open(toWorker(secret))
    other.use((bytes) => { bytes[0] = 0x43 })
    answer([secret.backing, secret.sealed, other.sealed, secret.revealString()])`)
  t.same(told, ['mlock', true, true, 'Closed in locked memory'])
})
