import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { native } from '../native'
import { readElf } from './elf'

/** 'confirmed': OpenSSL is in it. 'unknown': it starts others, which will show. Else why it cannot be protected. */
export type Verdict = { kind: 'confirmed' | 'unknown' } | { kind: 'refused'; because: string }

/** Programs that start others and have no keys of their own. */
const LAUNCHERS = new Set(
  (
    'sh bash dash ash zsh ksh busybox env nice ionice nohup timeout setpriv setsid chrt taskset prlimit stdbuf numactl ' +
    'unshare nsenter xargs make tini dumb-init catatonit s6-setuidgid gosu su-exec runuser chpst strace perf'
  ).split(' '),
)

const refused = (because: string): Verdict => ({ kind: 'refused', because })

/** The loader ignores LD_PRELOAD where a program gains rights. */
function gainsRights(program: string): string | null {
  if ((statSync(program).mode & 0o6000) !== 0) return 'is set-user-ID or set-group-ID'
  const answer = native?.hasFileCapabilities(Buffer.from(`${program}\0`)) ?? false
  return answer === true ? 'has file capabilities' : null
}

/** Asks the loader itself: the program does not run. glibc's and musl's both know --list. */
function loadsLibcrypto(loader: string, program: string): boolean {
  const { stdout } = spawnSync(loader, ['--list', program], {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return /\blib(?:crypto|ssl|node)\.so/.test(stdout ?? '')
}

/** Whether the preload library can reach OpenSSL in a program. */
export function judgeProgram(program: string): Verdict {
  const rights = gainsRights(program)
  if (rights !== null) return refused(`${rights}, so that the loader ignores LD_PRELOAD`)
  const elf = readElf(program)
  if (elf === null) return { kind: 'unknown' }
  if (elf.loader === null) return refused('is linked statically, so that no loader reads LD_PRELOAD')
  if (elf.namesOpenSsl || loadsLibcrypto(elf.loader, program)) return { kind: 'confirmed' }
  return LAUNCHERS.has(basename(program)) ? { kind: 'unknown' } : refused('has no OpenSSL in it')
}
