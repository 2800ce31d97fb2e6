import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PACKAGE, runNode } from './run-child'

/** What each sub-path exports; one that comes later is held to what is written here. */
const EXPORTS: Readonly<Record<string, readonly string[]>> = {
  '.': ['SecretBuffer', 'SecretMemoryError', 'assertSupport', 'configure', 'harden', 'probe', 'stats'],
  './raw': ['O_CLOEXEC', 'map', 'memfdSecret', 'unmap'],
  './sources': ['credential', 'credentialSync', 'prompt'],
  './share': ['open', 'receiveSecret', 'sendSecret', 'toProcess', 'toWorker'],
  './audit': ['assertNoCopies', 'findCopies'],
}

const STATICS = ['alloc', 'concat', 'from', 'fromFile', 'fromFileSync', 'random', 'take']
const LATER_STATICS = ['fromEnv', 'fromKeyObject', 'fromStream']
const MEMBERS = [
  ...['backing', 'byteLength', 'bytes', 'copyTo', 'destroy', 'dispose', 'disposed', 'equals', 'fill', 'revealString'],
  ...['sealed', 'set', 'slice', 'toJSON', 'toString', 'use'],
]
const LATER_MEMBERS = ['encode', 'toKeyObject', 'writeTo']

const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>
}
const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json')
const nameOf = (path: string): string => join('memfd-secret', path)

/** A folder that has the built package installed; outside of it, where its name would mean itself. */
const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
symlinkSync(PACKAGE, join(folder, 'node_modules', 'memfd-secret'), 'dir')
symlinkSync(join(PACKAGE, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'), 'dir')

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function lines(program: string): Promise<string[]> {
  const { status, stdout, stderr } = await runNode([program], { cwd: folder })
  t.equal(status, 0, stderr)
  return stdout.trimEnd().split('\n')
}

t.test('the sub-paths', async (t) => {
  t.ok(paths.includes('.') && paths.includes('./raw'))
  for (const path of paths) t.ok(path in EXPORTS, `${path} is known`)
  for (const path of ['dist/index.js', 'audit/none', 'dist/native.js']) {
    const program = file('closed.cjs', `require('memfd-secret/${path}')`)
    t.match((await runNode([program], { cwd: folder })).stderr, 'ERR_PACKAGE_PATH_NOT_EXPORTED', path)
  }
})

t.test('require', async (t) => {
  const program = file(
    'require.cjs',
    paths.map((path) => `console.log(Object.keys(require('${nameOf(path)}')).sort().join())\n`).join(''),
  )
  t.same(
    await lines(program),
    paths.map((path) => EXPORTS[path]?.join()),
  )
})

t.test('import, by name', async (t) => {
  const imports = paths.map(
    (path, i) => `import { ${EXPORTS[path]?.join(', ')} } from '${nameOf(path)}'
import * as all${i} from '${nameOf(path)}'
console.log([${EXPORTS[path]?.join(', ')}].every((item) => item !== undefined))
console.log(Object.keys(all${i}).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort().join())
`,
  )
  // Two sub-paths may export one name: a file for each.
  for (const [i, text] of imports.entries()) {
    t.same(await lines(file(`import-${i}.mjs`, text)), ['true', EXPORTS[paths[i] ?? '']?.join()], paths[i] ?? '')
  }
})

t.test('require and import give one class', async (t) => {
  const program = file(
    'both.mjs',
    `import { SecretBuffer } from 'memfd-secret'
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)('memfd-secret')
    const secret = required.SecretBuffer.from('one', 'utf8')
    console.log(secret instanceof SecretBuffer, SecretBuffer.from(secret).equals(secret))`,
  )
  t.same(await lines(program), ['true true'])
})

t.test('the members of SecretBuffer', async (t) => {
  const program = file(
    'members.cjs',
    `const { SecretBuffer } = require('memfd-secret')
    const own = (object, hidden) => Object.getOwnPropertyNames(object).filter((name) => !hidden.includes(name)).sort()
    console.log(own(SecretBuffer, ['length', 'name', 'prototype']).join())
    console.log(own(SecretBuffer.prototype, ['constructor']).join())
    console.log(typeof SecretBuffer.prototype[Symbol.dispose], typeof SecretBuffer.prototype[Symbol.asyncDispose])`,
  )
  const [statics = '', members = '', disposers] = await lines(program)
  const without = (list: string, later: readonly string[]): string[] =>
    list.split(',').filter((name) => !later.includes(name))
  t.same(without(statics, LATER_STATICS), STATICS)
  t.same(without(members, LATER_MEMBERS), [...MEMBERS].sort())
  t.equal(disposers, 'function function')
})

t.test('a second copy of the package refuses clearly', async (t) => {
  const program = file(
    'copies.cjs',
    `const first = require('memfd-secret')
    for (const key of Object.keys(require.cache)) if (key.includes('/dist/')) delete require.cache[key]
    const second = require('memfd-secret')
    const secret = first.SecretBuffer.alloc(4)
    const other = second.SecretBuffer.alloc(4)
    console.log(first === second, other.backing === secret.backing)
    for (const act of [() => second.SecretBuffer.from(secret), () => other.set(secret), () => other.equals(secret),
      () => second.SecretBuffer.concat([secret])]) {
      try { act(); console.log('no error') } catch ({ code, message }) { console.log(code, /this copy of memfd-secret/.test(message)) }
    }`,
  )
  t.same(await lines(program), ['false true', ...Array<string>(4).fill('ERR_INVALID_ARG_TYPE true')])
})

const CONSUMER = `
import { createHmac, webcrypto } from 'node:crypto'
import { open } from 'node:fs/promises'
import { SecretBuffer, SecretMemoryError, assertSupport, configure, probe, stats } from 'memfd-secret'
import type { Backing, Policy, ReadOptions, SecretErrorCode, SecretOptions, SecretView, Stats, Support } from 'memfd-secret'
import { map, memfdSecret, unmap } from 'memfd-secret/raw'

export async function everything(): Promise<void> {
  const options: SecretOptions = { minBacking: 'mlock', isolated: true }
  const reading: ReadOptions = { decode: 'base64', trimNewline: true, maxBytes: 10 }
  using key: SecretBuffer = SecretBuffer.random(32, options)
  await using other = await SecretBuffer.fromFile(await open('key'), { ...reading, signal: AbortSignal.timeout(1) })
  const mac: Buffer = key.use((bytes: SecretView) => createHmac('sha256', bytes).digest())
  const imported: webcrypto.CryptoKey = await other.use(async (bytes) =>
    webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt']))
  const backing: Backing = key.backing
  const policy: Policy = configure({ minBacking: backing })
  const numbers: Stats = stats()
  const support: Support = assertSupport({ minBacking: probe().backing })
  const copied: number = SecretBuffer.take([Buffer.alloc(1), new ArrayBuffer(2)]).copyTo(new DataView(new ArrayBuffer(3)))
  SecretBuffer.from('6869', 'hex', options).set(SecretBuffer.from(mac))
  const code: SecretErrorCode | undefined = support instanceof SecretMemoryError ? support.code : undefined
  const memory: ArrayBuffer = map(memfdSecret(), 4096)
  unmap(memory)
  console.log(policy, numbers, copied, imported, code)
}

export function misuse(key: SecretBuffer): void {
  // @ts-expect-error the constructor is private
  new SecretBuffer()
  // @ts-expect-error bytes have no encoding
  SecretBuffer.from(Buffer.alloc(1), 'hex')
  // @ts-expect-error no such backing
  SecretBuffer.alloc(1, { minBacking: 'none' })
  // @ts-expect-error read-only
  key.byteLength = 4
  // @ts-expect-error a secret is no string
  const text: string = key
  // @ts-expect-error nor bytes
  createHmac('sha256', key)
  // @ts-expect-error a FileHandle cannot be read synchronously
  open('key').then((handle) => SecretBuffer.fromFileSync(handle))
  console.log(text)
}
`

t.test('a strict consumer compiles, CommonJS and ESM', async (t) => {
  file('consumer.cts', CONSUMER)
  file('consumer.mts', CONSUMER)
  const compilerOptions = {
    module: 'node16',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  }
  const config = file('tsconfig.json', JSON.stringify({ compilerOptions, files: ['consumer.cts', 'consumer.mts'] }))
  const tsc = join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc')
  const output = await promisify(execFile)(process.execPath, [tsc, '-p', config], { timeout: 240_000 }).then(
    () => '',
    (error: Error & { stdout?: string }) => error.stdout ?? error.message,
  )
  t.equal(output, '')
})
