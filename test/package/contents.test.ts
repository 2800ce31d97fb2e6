import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listFiles, listPacked, ROOT } from './stranger'

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>
  typesVersions: { '*': Record<string, string[]> }
  bin: Record<string, string>
  [field: string]: unknown
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
const packed = listPacked(t)

const PREBUILT = [
  'prebuilds/SHA256SUMS',
  'prebuilds/built-with.json',
  ...['arm64', 'x64'].flatMap((arch) =>
    ['memfd_secret.node', 'memfd_secret_preload.so'].map((file) => `prebuilds/linux-${arch}/${file}`),
  ),
]

// A file for what every process loads, one for each other entry and command, and what two of those share.
const BUNDLED = ['core', 'index', 'raw', 'sources', 'share', 'audit']
const COMMANDS = ['cli/main', 'doctor', 'command', 'run', 'preload-path', 'prompt', 'report']

t.test('the package holds what it should and nothing else', async (st) => {
  const sources = listFiles(join(ROOT, 'lib'), /\.ts$/).map((file) => file.slice(0, -'.ts'.length))
  const withPrebuilt = Boolean(process.env['PACKAGE_TARBALL']) || existsSync(join(ROOT, 'prebuilds/SHA256SUMS'))
  const expected = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json', 'prebuilds/README.md'],
    ...listFiles(join(ROOT, 'docs'), /\.md$/)
      .filter((file) => !file.includes('/'))
      .map((file) => `docs/${file}`),
    ...[...BUNDLED, ...COMMANDS].map((name) => `dist/${name}.js`),
    ...sources.map((source) => `types/${source}.d.ts`),
    ...(withPrebuilt ? PREBUILT : []),
  ]
  st.strictSame(packed, expected.sort())
})

t.test('what package.json names is there', async (st) => {
  const entries = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : [entry.types, entry.default],
  )
  for (const file of [...entries, ...Object.values(manifest.bin)]) {
    st.ok(packed.includes(file.replace(/^\.\//, '')), file)
  }
  const declared = Object.entries(manifest.exports).flatMap(([name, entry]) =>
    typeof entry === 'string' || name === '.' ? [] : [[name.slice(2), [entry.types]]],
  )
  st.strictSame(manifest.typesVersions['*'], Object.fromEntries(declared), 'older resolution finds the same types')
})

t.test('the fields that a registry and an installer read', async (st) => {
  st.match(manifest, {
    name: 'memfd-secret',
    license: 'MIT',
    repository: { type: 'git', url: /^git\+https:\/\/.+\.git$/ },
    engines: { node: '>=20' },
    dependencies: { 'node-gyp-build': /^\^\d/ },
  })
  st.strictSame(Object.keys(manifest['dependencies'] as object), ['node-gyp-build'], 'one dependency')
  st.ok((manifest['keywords'] as string[]).includes('memfd_secret'))
  for (const field of ['os', 'cpu', 'libc']) st.notOk(field in manifest, `${field}: installs on every platform`)
  const scripts = Object.keys(manifest['scripts'] as object)
  const atInstall = scripts.filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))
  st.strictSame(atInstall, [], 'no script runs at install')
  st.equal(manifest['gypfile'], false, 'nor does npm run one of its own')
})
