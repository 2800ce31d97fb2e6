// Debian's arm64 files, and an arm64 machine: fetched and booted by the same means as npm run test:kernels.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { StepError, run } from '../run-command.mjs'
import { folder } from './fetch.mjs'

const packages = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'busybox-static'].map((name) => `${name}:arm64`)
const kernel = { arch: 'arm64', series: '6.12.', pick: 'newest', parameters: '' }
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'memfd-secret/kernels')
const timeoutMs = 10 * 60_000

// In /package lies what stage() made. A limit of 64 KiB: busybox's ulimit counts in KiB.
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs -o mode=1777 tmp /tmp
export HOME=/tmp PATH=/bin TMPDIR=/tmp
/bin/node /package/out/test/runtimes/conformance.js </dev/null
ulimit -l 64
/bin/node /package/out/test/runtimes/conformance.js limit </dev/null
/bin/busybox poweroff -f
`

/** Once, though two runtimes ask for it at the same time. */
const once = (make) => {
  let made
  return () => (made ??= make())
}

const debian = once(async () => {
  const { openApt, fetchKernel } = await import(path.join(root, 'out/test/kernel-matrix/debian.js'))
  mkdirSync(cache, { recursive: true })
  return { apt: await openApt(cache), fetchKernel }
})

/** A folder with the libraries of an arm64 Debian. */
export const armFiles = once(async () => {
  const { apt } = await debian()
  const files = await apt.unpack(packages, 'arm64-files')
  // Packages of a merged /usr leave this link to the installer.
  if (!existsSync(path.join(files, 'lib'))) symlinkSync('usr/lib', path.join(files, 'lib'))
  return files
})

async function makeDisk(program, binary) {
  const files = await armFiles()
  const disk = path.join(folder, 'arm64-disk')
  rmSync(disk, { recursive: true, force: true })
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'bin']) mkdirSync(path.join(disk, name), { recursive: true })
  for (const name of ['lib', 'usr/lib', 'usr/bin']) {
    const from = path.join(files, name)
    if (existsSync(from)) cpSync(from, path.join(disk, name), { recursive: true, verbatimSymlinks: true })
  }
  const busybox = ['bin/busybox', 'usr/bin/busybox'].map((name) => path.join(files, name)).find(existsSync)
  cpSync(busybox, path.join(disk, 'bin/busybox'))
  cpSync(binary, path.join(disk, 'bin/node'))
  cpSync(path.resolve(program, '../../../..'), path.join(disk, 'package'), { recursive: true })
  writeFileSync(path.join(disk, 'init'), init, { mode: 0o755 })
  const image = path.join(folder, 'arm64-disk.img')
  rmSync(image, { force: true })
  await run('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', disk, image, '320M'], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
  rmSync(disk, { recursive: true })
  return image
}

function boot(image, vmlinuz) {
  const commandLine = 'console=ttyAMA0 quiet panic=-1 root=/dev/nvme0n1 rw init=/init'
  const machine = '-M virt -cpu cortex-a72 -accel tcg -m 768 -nodefaults -nographic -no-reboot -serial stdio'.split(' ')
  const disk = ['-drive', `file=${image},format=raw,if=none,id=d`, '-device', 'nvme,drive=d,serial=1']
  const args = [...machine, ...disk, '-kernel', vmlinuz, '-append', commandLine]
  return new Promise((resolve, reject) => {
    const options = { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' }
    const child = spawn('qemu-system-aarch64', args, options)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text))
    }
    child.on('error', () =>
      reject(
        new StepError('needs qemu-system-aarch64: apt-get install --no-install-recommends qemu-system-arm ipxe-qemu'),
      ),
    )
    child.on('close', (code, signal) => resolve({ output, ended: signal ?? `exit code ${code}` }))
  })
}

/** Boots a machine whose one program is the conformance program; answers all that its console showed. */
export async function runInMachine(program, binary) {
  const image = await makeDisk(program, binary)
  const { apt, fetchKernel } = await debian()
  const { file } = await fetchKernel(apt, kernel)
  try {
    return await boot(image, file)
  } finally {
    rmSync(image)
  }
}
