import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'

const BYTES = 32 << 20

export interface SwapFile {
  path: string
  remove(): void
}

function command(program: string, args: readonly string[]): string | null {
  // Not every PATH has the folder.
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
  const { error, status, stderr } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 30_000 })
  if (error !== undefined) return `${program}: ${error.message}`
  return status === 0 ? null : stderr.trim().replace(/^(?:swapon|mkswap): \S+: /, `${program}: `)
}

function makeFile(path: string): void {
  const fd = openSync(path, 'wx', 0o600)
  const zeros = Buffer.alloc(1 << 20)
  // swapon(2) takes no file with holes.
  for (let at = 0; at < BYTES; at += zeros.length) writeSync(fd, zeros, 0, zeros.length, at)
  fsyncSync(fd)
  closeSync(fd)
}

/** Gives the machine a swap file, before all other swap there is, or says why not. remove() takes it away again. */
export function addSwapFile(path: string): SwapFile | string {
  makeFile(path)
  const failure = command('mkswap', [path]) ?? command('swapon', ['--priority', '32767', path])
  if (failure !== null) {
    rmSync(path, { force: true })
    return failure
  }
  // Also where a signal ends the run.
  const remove = () => {
    process.off('exit', remove)
    command('swapoff', [path])
    rmSync(path, { force: true })
  }
  process.on('exit', remove)
  return { path, remove }
}
