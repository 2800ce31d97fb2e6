import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { capture } from './command'

/** Where the binaries of a guest come from, and the package's, built for it. */
export interface Userland {
  /** Paths of this machine by the paths that they get in the guest. */
  files: ReadonlyMap<string, string>
  busybox: string
}

/** The project's own that the tests in a guest need, in build/Release. */
export const GUEST_BINARIES = [
  'memfd_secret.node',
  'memfd_secret_preload.so',
  'native_test',
  'native_access.so',
  'seccomp_launcher',
  'fake_openssl',
] as const

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs -o mode=1777 tmp /tmp
/bin/busybox ip link set lo up 2>/dev/null
export PATH=/usr/bin:/bin HOME=/tmp
# Ends the line on which the firmware left its escape sequences.
echo
node /package/out/test/kernel-matrix/guest/main.js $(/bin/busybox cat /tests) </dev/null
# Waits until the console has sent all: what is left at the end is lost.
/bin/busybox stty cooked </dev/console
/bin/busybox sleep 1
/bin/busybox poweroff -f
`

const TAP = `const { Tap } = require('/package/out/test/kernel-matrix/guest/tap-in-guest.js')
module.exports = { __esModule: true, default: new Tap('test') }
`

/** Programs of this machine by the paths that they get in a guest, with the libraries that ldd names. */
export async function userlandOf(programs: readonly (readonly [string, string])[]): Promise<Userland> {
  const files = new Map(programs)
  for (const [, file] of programs) {
    // An addon without DT_NEEDED is "statically linked" to ldd.
    const listed = await capture(['ldd', file]).catch(() => '')
    for (const [, library] of listed.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) {
      if (library !== undefined) files.set(library, realpathSync(library))
    }
  }
  return { files, busybox: '/bin/busybox' }
}

/** What this machine's own build/Release holds, by the paths that it gets in a guest. */
export function builtPrograms(names: readonly string[]): [string, string][] {
  const build = join(packageRoot(), 'build/Release')
  return names.map((name) => [`/package/build/Release/${name}`, join(build, name)])
}

/** The programs of this machine that a guest of the same architecture needs. */
export function ownUserland(): Promise<Userland> {
  return userlandOf([
    ['/usr/bin/node', realpathSync(process.execPath)],
    ['/usr/bin/prlimit', '/usr/bin/prlimit'],
    ['/usr/bin/setpriv', '/usr/bin/setpriv'],
    ...builtPrograms(GUEST_BINARIES),
  ])
}

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, dereference: true })
}

/** What a disk holds besides the userland. */
export interface Contents {
  /** Files and folders of the package. */
  names: readonly string[]
  /** Texts by their paths; /init is made executable. */
  texts: Readonly<Record<string, string>>
}

/** Writes the disk of the guests: an ext4 file system that is never written to, so that many can share it. */
export async function writeImage(
  folder: string,
  { files, busybox }: Userland,
  { names, texts }: Contents,
): Promise<string> {
  const root = join(folder, 'root')
  rmSync(root, { recursive: true, force: true })
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'bin']) mkdirSync(join(root, name), { recursive: true })
  for (const [target, source] of files) put(source, join(root, target))
  put(busybox, join(root, 'bin/busybox'))
  symlinkSync('busybox', join(root, 'bin/sh'))
  for (const name of names) put(join(packageRoot(), name), join(root, 'package', name))
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  chmodSync(join(root, 'init'), 0o755)
  const image = join(folder, 'root.img')
  rmSync(image, { force: true })
  await capture(['mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', root, image, '320M'])
  rmSync(root, { recursive: true })
  return image
}

/** The disk of the guests that run tests. */
export function makeImage(folder: string, userland: Userland, tests: readonly string[]): Promise<string> {
  return writeImage(folder, userland, {
    names: ['package.json', 'out/lib', 'out/test', 'node_modules/node-gyp-build'],
    texts: { init: INIT, tests: tests.join(' '), 'package/node_modules/tap/index.js': TAP },
  })
}

export function requirePrograms(names: readonly string[]): void {
  const path = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  const missing = names.filter((name) => !path.some((folder) => existsSync(join(folder, name))))
  if (missing.length > 0) {
    throw new Error(
      `Expected ${missing.join(', ')} to be installed. On Debian: apt-get install --no-install-recommends ` +
        'qemu-system-x86 qemu-system-arm busybox-static seabios ipxe-qemu e2fsprogs',
    )
  }
}
