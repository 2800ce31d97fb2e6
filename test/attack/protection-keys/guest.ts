import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../../attack/paths'
import { capture } from '../../kernel-matrix/command'
import { builtPrograms, userlandOf, writeImage } from '../../kernel-matrix/guest-image'

/** A debugger without Python, which would not fit: of this machine's own Debian release, since it takes its libraries. */
async function fetchGdb(cache: string): Promise<string> {
  const folder = join(cache, 'gdb-minimal')
  const program = join(folder, 'usr/bin/gdb')
  if (existsSync(program)) return program
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await capture(['apt-get', 'download', '-qq', 'gdb-minimal'], { cwd: folder })
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
    await capture(['dpkg', '-x', join(folder, file), folder])
  return program
}

/** Begins the line that holds the results, on the console. */
export const MARK = 'memfd-secret-attack:'

const init = (attacks: readonly string[]): string => `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs -o mode=1777 tmp /tmp
/bin/busybox ip link set lo up 2>/dev/null
export PATH=/usr/bin:/bin HOME=/tmp
echo
node /package/out/attack/main.js --only ${attacks.join(',')} --json /tmp/results </dev/null
node -p '"${MARK}" + JSON.stringify(JSON.parse(fs.readFileSync("/tmp/results")))'
# Waits until the console has sent all: what is left at the end is lost.
/bin/busybox stty cooked </dev/console
/bin/busybox sleep 2
/bin/busybox poweroff -f
`

/** sodium-native, and what it loads. */
const SODIUM = ['sodium-native/index.js', 'sodium-native/binding.js', 'sodium-native/package.json', 'require-addon']
const SODIUM_NEEDS = ['bare-addon-resolve', 'bare-module-resolve', 'bare-semver', 'which-runtime', 'bare-assert']

/** Writes the disk of a guest that makes attacks; answers its path. */
export async function makeAttackImage(folder: string, cache: string, attacks: readonly string[]): Promise<string> {
  const userland = await userlandOf([
    ['/usr/bin/node', realpathSync(process.execPath)],
    ['/usr/bin/gdb', await fetchGdb(cache)],
    ...builtPrograms(['memfd_secret.node', 'attacker', 'attack_inside.so']),
  ])
  const sodium = [...SODIUM, ...SODIUM_NEEDS, `sodium-native/prebuilds/linux-${process.arch}`]
  const modules = ['node-gyp-build', 'ws', ...sodium].map((name) => `node_modules/${name}`)
  const names = ['package.json', 'out/lib', 'out/attack', ...modules].filter((name) => existsSync(join(ROOT, name)))
  mkdirSync(folder, { recursive: true })
  return writeImage(folder, userland, { names, texts: { init: init(attacks) } })
}
