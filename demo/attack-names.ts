/** In the order of the table. kernel-core ends the victim, so it is made last. */
export const ATTACK_NAMES = [
  'mem',
  'process_vm_readv',
  'ptrace',
  'gcore',
  'kernel-core',
  'pidfd_getfd',
  'injected-code',
] as const

export type AttackName = (typeof ATTACK_NAMES)[number]

export const ATTACK_TITLES: Record<AttackName, string> = {
  mem: '/proc/PID/mem',
  process_vm_readv: 'process_vm_readv',
  ptrace: 'ptrace PEEKDATA',
  gcore: 'core dump by gdb, DONTDUMP ignored',
  'kernel-core': 'core dump by the kernel',
  pidfd_getfd: 'pidfd_getfd, then mmap and pread',
  'injected-code': 'injected code: gdb calls write(2)',
}

export type HolderName = 'buffer' | 'mlock' | 'memfd_secret'

export const HOLDER_NAMES: readonly HolderName[] = ['buffer', 'mlock', 'memfd_secret']

export const HOLDER_TITLES: Record<HolderName, string> = {
  buffer: 'ordinary Buffer',
  mlock: 'mlock fallback',
  memfd_secret: 'memfd_secret',
}

export type Verdict = 'leaked' | 'refused' | 'absent' | 'impossible'

export interface Outcome {
  attack: AttackName
  /** 'refused': the kernel refused every page that holds secrets. 'absent': what could be read did not hold the key. */
  verdict: Verdict
  errno: string | null
  detail: string
}
