// npm run prebuild: the addon and the preload library of each architecture, cross-compiled on Debian, into prebuilds/. Each
// is built in a folder of its own below the temporary folder, so that it depends on nothing that lies in the checkout and
// leaves build/ alone.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { binaryNames, binaryProblems } from './binary-problems.mjs'
import { root } from './native-sources.mjs'
import { checksums, checksumsFile, prebuilds } from './prebuild-files.mjs'
import { StepError, capture, main, run, step } from './run-command.mjs'
import { nodeDir } from './toolchain.mjs'

const triplets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }
const debianNames = { x64: 'g++-x86-64-linux-gnu', arm64: 'g++-aarch64-linux-gnu' }
const all = Object.keys(triplets)
const inputs = ['package.json', 'binding.gyp', 'scripts/native-sources.mjs', 'src', 'node_modules/node-addon-api']

const usage = `Usage: npm run prebuild [-- [options]]

Builds prebuilds/linux-ARCH for each architecture, checks the files, and writes their checksums.

Options:
  --arch=LIST  some of them: ${all.join(',')}
  --verify     build each a second time, in another folder, and compare the bytes
  --help       print this`

function readArguments() {
  try {
    const options = { arch: { type: 'string' }, verify: { type: 'boolean' }, help: { type: 'boolean' } }
    const { values } = parseArgs({ options })
    const architectures = values.arch?.split(',') ?? all
    const unknown = architectures.find((arch) => !Object.hasOwn(triplets, arch))
    if (unknown !== undefined) throw new Error(`Expected ${all.join(', ')} for --arch but received ${unknown}`)
    return { ...values, architectures }
  } catch (error) {
    throw new StepError(`${error.message}\n\n${usage}`)
  }
}

const compiler = (arch) => `${triplets[arch]}-g++`

/** Throws a StepError that names the packages whose compilers are missing. */
async function checkCompilers(architectures) {
  const missing = []
  for (const arch of architectures) {
    // Debian's plain g++ brings the long name along too.
    const found = await capture(compiler(arch), ['--version']).catch(() => undefined)
    if (!found) missing.push(process.arch === arch ? 'g++' : debianNames[arch])
  }
  if (missing.length === 0) return
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`
  throw new StepError(`Expected a compiler for each architecture but found none for some. On Debian:\n  ${command}`)
}

function buildEnvironment(arch, folder, headers) {
  // Nothing that the caller's environment says of compilers and flags reaches the files.
  const inherited = /^(?:PATH|HOME|TMPDIR|LANG|LC_.*|PYTHON)$/
  const kept = Object.entries(process.env).filter(([name]) => inherited.test(name))
  const map = [`-ffile-prefix-map=${folder}=.`, `-ffile-prefix-map=${headers}=node`].join(' ')
  const tools = { CC: `${triplets[arch]}-gcc`, CXX: compiler(arch), AR: `${triplets[arch]}-ar` }
  return { ...Object.fromEntries(kept), ...tools, CXXFLAGS: map, SOURCE_DATE_EPOCH: '0' }
}

/** Builds the sources in the folder, which it makes, and returns {addon, preload}: the bytes of the stripped files. */
async function build(arch, sources, folder, headers) {
  cpSync(sources, folder, { recursive: true })
  const env = buildEnvironment(arch, folder, headers)
  const gyp = path.join(root, 'node_modules/node-gyp/bin/node-gyp.js')
  const options = [`--arch=${arch}`, `--nodedir=${headers}`, '--release', '--loglevel=error', '--build-from-source']
  const targets = ['memfd_secret', 'memfd_secret_preload']
  await run(process.execPath, [gyp, 'configure', ...options], { cwd: folder, env })
  await run(process.execPath, [gyp, 'build', `--jobs=${availableParallelism()}`, ...options, ...targets], {
    cwd: folder,
    env,
  })
  const made = {}
  for (const [kind, name] of Object.entries(binaryNames)) {
    const file = path.join(folder, 'build/Release', name)
    await run(`${triplets[arch]}-strip`, ['--strip-all', '--remove-section=.comment', file])
    made[kind] = readFileSync(file)
  }
  return made
}

function check(arch, made, folders) {
  const problems = Object.entries(made).flatMap(([kind, bytes]) =>
    binaryProblems(bytes, { kind, arch, inPackage: true, folders }).map(
      (problem) => `${binaryNames[kind]}: ${problem}`,
    ),
  )
  if (problems.length > 0) throw new StepError(`linux-${arch}:\n${problems.join('\n')}`)
}

function compare(arch, first, second) {
  for (const [kind, name] of Object.entries(binaryNames)) {
    if (first[kind].equals(second[kind])) continue
    throw new StepError(
      `Expected the same bytes for linux-${arch}/${name} from two folders but received different ones`,
    )
  }
}

function write(arch, made) {
  const folder = path.join(prebuilds, `linux-${arch}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [kind, name] of Object.entries(binaryNames)) writeFileSync(path.join(folder, name), made[kind])
}

/** The bytes depend on these alone: with the same, the same checksums come out. */
async function writeBuiltWith(architectures) {
  const compilers = {}
  for (const arch of architectures) {
    compilers[arch] = (await run(compiler(arch), ['--version'])).split('\n')[0]
  }
  const text = JSON.stringify({ node: process.versions.node, compilers }, undefined, 2)
  writeFileSync(path.join(prebuilds, 'built-with.json'), `${text}\n`)
}

await main(async () => {
  const { architectures, verify, help } = readArguments()
  if (help) return void console.log(usage)
  const headers = nodeDir()
  if (!headers) throw new StepError("Expected Node.js's own headers: set npm_config_nodedir to where include/node lies")
  await checkCompilers(architectures)

  const scratch = mkdtempSync(path.join(tmpdir(), 'memfd-secret-prebuild-'))
  try {
    // Copied once: a file edited meanwhile would make the two builds differ.
    const sources = path.join(scratch, 'sources')
    for (const input of inputs) cpSync(path.join(root, input), path.join(sources, input), { recursive: true })
    const built = new Map()
    for (const arch of architectures) {
      const folder = path.join(scratch, arch)
      const made = await step(`Building linux-${arch}`, () => build(arch, sources, folder, headers))
      check(arch, made, [scratch, root, headers])
      if (verify) {
        // Another name, depth and length.
        const other = path.join(scratch, 'a-second-time', 'elsewhere', arch)
        compare(
          arch,
          made,
          await step(`Building linux-${arch} in another folder`, () => build(arch, sources, other, headers)),
        )
        console.log(`linux-${arch}: the same bytes from two folders`)
      }
      built.set(arch, made)
    }
    // Last, and all at once: what was there stays where a build fails.
    for (const name of readdirSync(prebuilds)) {
      if (name.startsWith('linux-')) rmSync(path.join(prebuilds, name), { recursive: true })
    }
    for (const [arch, made] of built) write(arch, made)
    await writeBuiltWith(architectures)
    writeFileSync(checksumsFile, checksums())
    process.stdout.write(checksums())
  } finally {
    rmSync(scratch, { recursive: true })
  }
})
