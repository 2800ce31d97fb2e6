import type { Evidence, Trial } from '../../lib/detection/evidence'

/** A trial that a system call refused. */
export function refused(syscall: string, errno: string): Trial {
  return { outcome: 'failed', errno, syscall, signal: null }
}

export const worked: Trial = { outcome: 'works', errno: null, syscall: null, signal: null }

/** A Debian 12 machine whose kernel, started by hand, answers ENOSYS; and what differs from it. */
export function simulate(differences: Partial<Evidence> = {}): Evidence {
  return {
    platform: 'linux',
    machine: 'x86_64',
    release: '6.1.0-56-amd64',
    version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-11)',
    addonError: null,
    trial: refused('memfd_secret', 'ENOSYS'),
    commandLine: 'BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro quiet\n',
    parameter: { exists: true, value: null },
    config: { file: '/boot/config-6.1.0-56-amd64', secretmem: true, rodataFull: null },
    seccomp: 0,
    lsm: ['lockdown', 'capability', 'yama', 'apparmor'],
    lsmLabel: 'unconfined',
    memlock: { soft: 8_388_608, hard: 8_388_608 },
    nofile: { soft: 1024, hard: 1_048_576 },
    runtime: null,
    ...differences,
  }
}

/** The same on arm64. */
export function simulateArm64(differences: Partial<Evidence> = {}): Evidence {
  return simulate({ machine: 'aarch64', release: '6.1.0-56-arm64', ...differences })
}

export const UNREADABLE: Partial<Evidence> = {
  commandLine: null,
  parameter: { exists: null, value: null },
  config: null,
  seccomp: null,
  lsm: null,
  lsmLabel: null,
  memlock: null,
  nofile: null,
}
