// A project of somebody else: an empty folder, the package's tarball installed without network, install scripts or compiler.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Test } from 'tap'
import { packageRoot } from '../../lib/addon-file'

export const ROOT = packageRoot()
/** A package of this project's own node_modules. */
export const installedHere = (name: string): string => join(ROOT, 'node_modules', name)

export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Stranger {
  folder: string
  write(file: string, text: string): void
  /** Runs node with the arguments in the project's folder: no compiler on the PATH, nothing else of our environment. */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Ended
  /** A package of ours in the project's node_modules, as if it were installed there. */
  borrow(name: string): void
}

function npmProgram(): string {
  const running = process.env['npm_execpath'] ?? ''
  if (running.endsWith('npm-cli.js')) return running
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const npm = join(folder, 'npm')
    if (existsSync(npm)) return realpathSync(npm)
  }
  throw new Error('Expected npm on the PATH but found none')
}

function end(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Ended {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
  if (error !== undefined) throw error
  return { status, signal, stdout, stderr }
}

function succeed(what: string, ended: Ended): string {
  if (ended.status === 0) return ended.stdout
  throw new Error(`Expected ${what} to succeed but received ${ended.status ?? ended.signal}:\n${ended.stderr}`)
}

class Sandbox {
  readonly #bin: string

  constructor(readonly scratch: string) {
    this.#bin = join(scratch, 'bin')
    mkdirSync(this.#bin)
    symlinkSync(process.execPath, join(this.#bin, 'node'))
  }

  node(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Ended {
    return end(process.execPath, args, cwd, { PATH: this.#bin, HOME: this.scratch, ...env })
  }

  npm(args: readonly string[], cwd: string): string {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
    const cache = `--cache=${join(this.scratch, 'npm-cache')}`
    return succeed(`npm ${args[0]}`, this.node([npmProgram(), ...args, '--offline', cache, ...quiet], cwd))
  }

  pack(folder: string): string {
    const name = this.npm(['pack', folder, `--pack-destination=${this.scratch}`], this.scratch).trim()
    return join(this.scratch, name.split('\n').at(-1) ?? '')
  }
}

/**
 * The package as it is in the tree, with the addon of the last build in the place of a prebuilt one: it is current, where
 * prebuilds/ may be of yesterday. What is prebuilt is tested by `npm run test:package`, which names its tarball.
 */
function packTree(sandbox: Sandbox): string {
  const stage = join(sandbox.scratch, 'stage')
  const parts = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'dist', 'types', 'docs']
  for (const part of parts) cpSync(join(ROOT, part), join(stage, part), { recursive: true })
  const prebuilt = join(stage, 'prebuilds', `linux-${process.arch}`)
  mkdirSync(prebuilt, { recursive: true })
  for (const file of ['memfd_secret.node', 'memfd_secret_preload.so']) {
    cpSync(join(ROOT, 'build/Release', file), join(prebuilt, file))
  }
  return sandbox.pack(stage)
}

function makeScratch(t: Test): string {
  const scratch = mkdtempSync(join(tmpdir(), 'memfd-secret-stranger-'))
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }))
  return scratch
}

/** An empty folder with the package in it; both go away at the end of the test. */
export function makeStranger(t: Test): Stranger {
  const scratch = makeScratch(t)
  const sandbox = new Sandbox(scratch)
  const folder = join(scratch, 'project')
  mkdirSync(folder)
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  write('package.json', JSON.stringify({ name: 'stranger', version: '1.0.0', private: true }))
  const tarball = process.env['PACKAGE_TARBALL'] || packTree(sandbox)
  const dependency = sandbox.pack(installedHere('node-gyp-build'))
  const started = performance.now()
  sandbox.npm(['install', tarball, dependency], folder)
  const node = (args: readonly string[], env?: NodeJS.ProcessEnv): Ended => sandbox.node(args, folder, env)
  succeed('a first secret', node(['-e', "require('memfd-secret').SecretBuffer.random(32).dispose()"]))
  t.comment(`install to first secret: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  const borrow = (name: string): void => {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(installedHere(name), link)
  }
  return { folder, write, node, borrow }
}

/** The files that `npm pack` puts into the package, sorted: of the tarball that is tested, or of the tree. */
export function listPacked(t: Test): string[] {
  const scratch = makeScratch(t)
  const text = new Sandbox(scratch).npm(
    ['pack', '--dry-run', '--json', process.env['PACKAGE_TARBALL'] || ROOT],
    scratch,
  )
  const [packed] = JSON.parse(text) as { files: { path: string }[] }[]
  return (packed?.files ?? []).map(({ path }) => path).sort()
}

/** The names of files below a folder, sorted, with forward slashes. */
export function listFiles(folder: string, pattern = /./): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
