import { join } from 'node:path'
import t from 'tap'
import { installedHere, makeStranger } from './stranger'

const project = makeStranger(t)
// The declarations speak of Buffer and of Symbol.dispose, which these declare.
project.borrow('@types/node')

const PROGRAM = `
import { createHmac } from 'node:crypto'
import { SecretBuffer, probe, type Backing, type SecretView, type Support } from 'memfd-secret'
import { memfdSecret } from 'memfd-secret/raw'

function sign(key: SecretBuffer): string {
  return key.use((bytes: SecretView) => createHmac('sha1', bytes).update('Hi There').digest('hex'))
}

async function main(): Promise<void> {
  using key: SecretBuffer = SecretBuffer.alloc(20)
  key.fill(0x0b)
  const tag: string = sign(key)
  const later: string = await key.use(async (bytes) => createHmac('sha1', bytes).update('Hi There').digest('hex'))
  const backing: Backing = key.backing
  const support: Support = probe()
  // @ts-expect-error: not every backing is the one
  const wrong: 'heap' = backing
  // @ts-expect-error: a view is a Buffer, and that has types
  const number: number = key.use((bytes) => bytes.toString('hex'))
  // @ts-expect-error: a secret is no string, nor made of a number (which throws: it never runs)
  const none: string = key.byteLength > 20 ? SecretBuffer.from(5) : ''
  console.log(tag === later && support.backing === backing && typeof memfdSecret === 'function' ? tag : [wrong, number, none])
}

void main()
`
interface Setting {
  name: string
  file: string
  options: Record<string, unknown>
}

const settings: Setting[] = [
  // Here our declarations are checked as well, not only what uses them.
  { name: 'nodenext, a module', file: 'a.mts', options: { module: 'nodenext', skipLibCheck: false } },
  { name: 'nodenext, CommonJS', file: 'b.cts', options: { module: 'nodenext' } },
  { name: 'commonjs', file: 'c.ts', options: { module: 'commonjs', moduleResolution: 'bundler' } },
  {
    name: 'commonjs, the resolution of TypeScript 4',
    file: 'd.ts',
    options: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  },
  // Without "types", TypeScript 6 takes no declarations of Node.js but those that ours ask for.
  { name: 'no types asked for', file: 'f.mts', options: { module: 'nodenext', types: [] } },
  { name: 'bundler', file: 'e.ts', options: { module: 'esnext', moduleResolution: 'bundler' } },
]

const COMMON = {
  skipLibCheck: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  types: ['node'],
}
const EXPECTED = 'b617318655057264e28bc0b6fb378c8ef146be00\n'

for (const { name, file, options } of settings) {
  t.test(name, async (st) => {
    const folder = file.slice(0, 1)
    const compilerOptions = { ...COMMON, ...options, outDir: folder }
    project.write(file, PROGRAM)
    project.write(`${folder}.json`, JSON.stringify({ compilerOptions, files: [file] }))
    const compiled = project.node([installedHere('typescript/bin/tsc'), '-p', `${folder}.json`])
    st.equal(compiled.stdout, '', 'compiles')
    if (compiled.status !== 0) return
    const output = join(folder, file.replace(/ts$/, 'js'))
    // A bundler resolves for a module system of its own: Node.js runs its output as a module.
    if (name === 'bundler') project.write(`${folder}/package.json`, '{"type":"module"}')
    const ran = project.node([output])
    st.equal(ran.stdout, EXPECTED, `runs\n${ran.stderr}`)
  })
}
