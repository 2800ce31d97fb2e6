import t from 'tap'
import type { FallbackMessage, LimitMessage, UndisposedMessage } from '../lib/diagnostics'
import { probe } from '../lib/index'
import { evaluate, filtered, limited, ordinaryUser } from './detection/refusing'

const { reason } = probe().memfdSecret
const skip = reason === null ? false : `memfd_secret does not serve on this kernel: ${reason}`

const LISTEN = (name: string) => `
  const heard = []
  require('node:diagnostics_channel').subscribe('memfd-secret:${name}', (message) => heard.push(message))
  const warnings = []
  process.on('warning', ({ code, message, detail }) => warnings.push({ code, message, detail }))`

interface Told<Message> {
  heard: Message[]
  warnings: { code: string; message: string }[]
}

t.test('fallback: one message and one warning a process', { skip }, async (t) => {
  const launchers = [filtered('EPERM', 'memfd_secret')]
  const script = `${LISTEN('fallback')}
    for (let i = 0; i < 3; i++) lib.SecretBuffer.random(32).dispose()
    setImmediate(() => answer({ heard, warnings }))`
  const { heard, warnings } = evaluate<Told<FallbackMessage>>(script, { launchers, flags: ['--no-warnings'] })
  t.equal(heard.length, 1)
  t.match(heard[0], { backing: 'mlock', reason: 'seccomp', errno: 'EPERM', hint: /memfd_secret/ })
  t.match(heard[0]?.evidence.join(), /a filter is on/)
  t.equal(warnings.length, 1)
  t.match(warnings[0], { code: 'MEMFD_SECRET_FALLBACK', message: /protected by mlock only: seccomp/ })
})

t.test('fallback: nothing where secret memory serves', { skip }, async (t) => {
  const script = `${LISTEN('fallback')}; lib.SecretBuffer.alloc(1); setImmediate(() => answer({ heard, warnings }))`
  t.same(evaluate(script), { heard: [], warnings: [] })
})

t.test(
  'limit: a message for each secret that met it',
  { skip: skip || (ordinaryUser() === null && 'no ordinary user') },
  async (t) => {
    const script = `${LISTEN('limit')}
    const codes = []
    for (let i = 0; i < 2; i++) codes.push(codeOf(() => lib.SecretBuffer.from(Buffer.alloc(70_000, 'secret '))))
    answer({ heard, warnings, codes })`
    const told = evaluate<Told<LimitMessage> & { codes: string[] }>(script, {
      launchers: [limited(65_536), ordinaryUser() ?? []],
    })
    t.same(told.codes, ['ERR_MEMFD_SECRET_LIMIT', 'ERR_MEMFD_SECRET_LIMIT'])
    t.equal(told.heard.length, 2)
    for (const message of told.heard) {
      t.same(Object.keys(message).sort(), ['byteLength', 'errno', 'syscall'])
      t.equal(message.byteLength, 70_000)
      t.ok(message.errno < 0)
    }
  },
)

t.test('undisposed: told after the collection, with the place where it was made', { skip }, async (t) => {
  const script = `${LISTEN('undisposed')}
    const make = () => { lib.SecretBuffer.from(Buffer.from('a secret of mine')) }
    make()
    let rounds = 0
    const wait = () => {
      gc()
      if (heard.length > 0 || ++rounds > 200) return answer({ heard, warnings, collected: lib.stats().collectedUndisposed })
      setTimeout(wait, 5)
    }
    setTimeout(wait)`
  const flags = ['--expose-gc']
  const { heard, warnings, collected } = evaluate<Told<UndisposedMessage> & { collected: number }>(script, { flags })
  t.match(heard, [{ byteLength: 16, backing: 'memfd_secret' }])
  t.notMatch(JSON.stringify(heard), /a secret of mine|YSBzZWNyZXQ|612073656372/)
  t.equal(collected, 1)
  t.same(warnings, [])
  const traced = evaluate<Told<UndisposedMessage>>(script, {
    flags: [...flags, '--no-warnings'],
    env: { MEMFD_SECRET_TRACE: '1' },
  })
  t.match(traced.heard[0]?.stack, /at make /)
  t.match(traced.warnings, [{ code: 'MEMFD_SECRET_UNDISPOSED' }])
})
