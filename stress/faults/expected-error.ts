import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { SecretMemoryError } from '../../lib/index'
import type { Report } from './injector'
import type { Scenario } from './scenario'

/** Errnos that say that something ran out. */
const LIMITS: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EFAULT', 'EMFILE', 'ENFILE'])

/** What the package calls a site, where that differs. */
const SYSCALLS: Readonly<Record<string, string>> = {
  'mmap at': 'mmap',
  malloc: 'mmap',
  epoll_ctl: 'prefault',
  accept4: 'accept',
}

const syscallOf = (site: string): string => SYSCALLS[site] ?? site

function codeOf({ site, errno }: Report): string {
  const name = getSystemErrorName(-errno)
  const sealing = site === 'mprotect' || site === 'pkey_mprotect'
  const limit = (sealing ? name === 'ENOMEM' : LIMITS.has(name)) || (site === 'mlock' && name === 'EPERM')
  return limit ? 'ERR_MEMFD_SECRET_LIMIT' : 'ERR_MEMFD_SECRET_UNAVAILABLE'
}

/** What is wrong with the error that a fault led to; null where it tells the fault exactly. */
export function problemWith(error: unknown, report: Report, scenario: Scenario): string | null {
  if (scenario.isExpected?.(error, report) === true) return null
  // A signal that came meanwhile is no failure.
  if (report.errno === constants.errno.EINTR)
    return `Expected ${report.site} to be repeated but received ${String(error)}`
  if (!(error instanceof Error)) return `threw ${typeof error}`
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  const system = scenario.errors === 'system'
  if (!system && !(error instanceof SecretMemoryError)) return `threw ${error.name} ${code}: ${error.message}`
  const expected = system ? getSystemErrorName(-report.errno) : codeOf(report)
  if (code !== expected) return `Expected the code ${expected} but received ${code}`
  if (errno !== -report.errno) return `Expected the errno ${-report.errno} but received ${errno}`
  if (syscall !== syscallOf(report.site)) {
    return `Expected the syscall ${syscallOf(report.site)} but received ${syscall}`
  }
  return null
}

/** Errors that say "again": the package repeats the call, and one more works. */
export function isRepeated({ site, errno }: Report): boolean {
  const name = getSystemErrorName(-errno)
  if (name === 'EINTR') return true
  if (site === 'accept4') return name === 'EAGAIN' || name === 'ECONNABORTED'
  return name === 'EAGAIN' && ['connect', 'futex', 'read', 'recvmsg', 'sendmsg', 'write'].includes(site)
}

/** Where a fault changes nothing: Linux closes all the same, and a gap lost to another thread is looked for again. */
export function isTolerated(report: Report, persistent: boolean): boolean {
  if (report.site === 'close' || isRepeated(report)) return true
  return report.site === 'mmap at' && getSystemErrorName(-report.errno) === 'EEXIST' && !persistent
}
