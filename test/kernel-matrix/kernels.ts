import type { Backing, Reason } from '../../lib/index'

export type Architecture = 'x64' | 'arm64'

/** A kernel of Debian's, how it is booted, and what must be found there. */
export interface GuestKernel {
  arch: Architecture
  /** What its Debian version starts with; of several the newest, or the oldest that Debian still has. Empty: any. */
  series: string
  pick: 'newest' | 'oldest'
  /** Added to the kernel's command line. */
  parameters: string
  /** Whether the emulated processor has protection keys: pkey_alloc(2) works then. */
  protectionKeys: boolean
  backing: Backing
  reason: Reason | null
  /** Booted without --all too. */
  usual: boolean
}

const works = { backing: 'memfd_secret', reason: null } as const
const off = { backing: 'mlock', reason: 'not-enabled' } as const
const newest = { pick: 'newest', parameters: '', protectionKeys: false, usual: true } as const
const rare = { ...newest, usual: false } as const

export const KERNELS: readonly GuestKernel[] = [
  { ...newest, arch: 'x64', series: '5.10.', backing: 'mlock', reason: 'kernel-too-old' },
  { ...newest, arch: 'x64', series: '6.1.', ...off },
  { ...newest, arch: 'x64', series: '6.1.', parameters: 'secretmem.enable=1', ...works },
  { ...newest, arch: 'x64', series: '6.12.', ...works },
  { ...newest, arch: 'x64', series: '6.12.', protectionKeys: true, ...works },
  { ...newest, arch: 'x64', series: '6.12.', parameters: 'secretmem.enable=0', ...off },
  { ...newest, arch: 'x64', series: '', ...works },
  { ...rare, arch: 'x64', series: '', parameters: 'secretmem.enable=0', ...off },
  // Before the change of accounting (CVE-2026-93243), as long as Debian has it.
  { ...newest, arch: 'x64', series: '6.1.', pick: 'oldest', parameters: 'secretmem.enable=1', ...works },
  { ...rare, arch: 'x64', series: '6.12.', pick: 'oldest', ...works },
  { ...newest, arch: 'arm64', series: '6.1.', ...off },
  { ...newest, arch: 'arm64', series: '6.1.', parameters: 'secretmem.enable=1', ...works },
  { ...newest, arch: 'arm64', series: '6.12.', ...works },
  { ...rare, arch: 'arm64', series: '6.1.', parameters: 'secretmem.enable=1 rodata=on', ...off },
  { ...rare, arch: 'arm64', series: '', ...works },
]

/** One without support, and one with the accounting that a host of before the change lacks: one package for both. */
export function quickKernels(): GuestKernel[] {
  return KERNELS.filter(({ arch, series, pick }) => arch === 'x64' && series === '6.1.' && pick === 'newest')
}

/** What --only looks in: `x64 6.12. pkey`, `arm64 newest secretmem.enable=0`. */
export function nameOf({ arch, series, pick, parameters, protectionKeys }: GuestKernel): string {
  const which = pick === 'oldest' || series === '' ? pick : ''
  return [arch, series, which, parameters, protectionKeys ? 'pkey' : ''].filter((part) => part !== '').join(' ')
}
