import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../lib/native'
import { capture } from './command'

/** Where the binaries of a guest come from, and the package's, built for it. */
export interface Userland {
  /** Paths of this machine by the paths that they get in the guest. */
  files: ReadonlyMap<string, string>
  busybox: string
}

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs -o mode=1777 tmp /tmp
/bin/busybox ip link set lo up 2>/dev/null
export PATH=/usr/bin:/bin HOME=/tmp
node /package/out/test/kernel-matrix/guest/main.js $(/bin/busybox cat /tests) </dev/null
# Waits until the console has sent all: what is left at the end is lost.
/bin/busybox stty cooked </dev/console
/bin/busybox sleep 1
/bin/busybox poweroff -f
`

const TAP = `const { Tap } = require('/package/out/test/kernel-matrix/guest/tap-in-guest.js')
module.exports = { __esModule: true, default: new Tap('test') }
`

/** The programs of this machine that a guest of the same architecture needs, with the libraries that ldd names. */
export async function ownUserland(): Promise<Userland> {
  const build = join(packageRoot(), 'build/Release')
  const programs = [
    ['/usr/bin/node', realpathSync(process.execPath)],
    ['/usr/bin/prlimit', '/usr/bin/prlimit'],
    ['/usr/bin/setpriv', '/usr/bin/setpriv'],
    ...['native_test', 'seccomp_launcher', 'memfd_secret.node'].map((name) => [
      `/package/build/Release/${name}`,
      join(build, name),
    ]),
  ] as [string, string][]
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

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true, dereference: true })
}

/** Writes the disk of the guests: an ext4 file system that is never written to, so that many can share it. */
export async function makeImage(
  folder: string,
  { files, busybox }: Userland,
  tests: readonly string[],
): Promise<string> {
  const root = join(folder, 'root')
  rmSync(root, { recursive: true, force: true })
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'bin', 'package/node_modules/tap'])
    mkdirSync(join(root, name), { recursive: true })
  for (const [target, source] of files) put(source, join(root, target))
  put(busybox, join(root, 'bin/busybox'))
  symlinkSync('busybox', join(root, 'bin/sh'))
  const top = packageRoot()
  for (const name of ['package.json', 'out/lib', 'out/test', 'node_modules/node-gyp-build'])
    put(join(top, name), join(root, 'package', name))
  writeFileSync(join(root, 'package/node_modules/tap/index.js'), TAP)
  writeFileSync(join(root, 'tests'), tests.join(' '))
  writeFileSync(join(root, 'init'), INIT)
  chmodSync(join(root, 'init'), 0o755)
  const image = join(folder, 'root.img')
  rmSync(image, { force: true })
  await capture(['mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', root, image, '320M'])
  rmSync(root, { recursive: true })
  return image
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
