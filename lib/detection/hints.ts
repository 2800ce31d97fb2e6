import type { Reason } from '../support'
import type { Evidence, Runtime } from './evidence'

/** What a service with a few hundred keys needs, as the hints name it: 64 MiB. */
export const SUGGESTED_MEMLOCK = 64 * 1024 * 1024

/**
 * Adds a parameter to the kernel's command line on Debian and its kin. GRUB's word for it is all that differs elsewhere.
 */
function bootParameter(parameter: string): string {
  return `add ${parameter} to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub and a reboot)`
}

const SECCOMP: Record<Exclude<Runtime, null> | 'none', string> = {
  docker:
    'Docker: update to 23 or later, whose default profile allows it, or start with ' +
    '--security-opt seccomp=FILE where FILE is the default profile with "memfd_secret" among the allowed names',
  podman: 'podman: update containers-common, or start with --security-opt seccomp=FILE that allows memfd_secret',
  kubernetes:
    'Kubernetes: securityContext.seccompProfile of type RuntimeDefault with containerd 1.6 or later, ' +
    'or type Localhost with a profile that allows memfd_secret',
  systemd: 'systemd: add SystemCallFilter=memfd_secret to the unit, since @system-service does not list it',
  none:
    'Allow memfd_secret in the filter: SystemCallFilter=memfd_secret in a systemd unit; Docker 23 or later, ' +
    'or --security-opt seccomp=FILE; in Kubernetes a seccompProfile that allows it',
}

/** A round number of bytes with room for needed bytes and a quarter more: a power of two, 64 MiB at least. */
function roomyLimit(needed: number): number {
  let limit = SUGGESTED_MEMLOCK
  while (limit < needed * 1.25) limit *= 2
  return limit
}

/** How to raise RLIMIT_MEMLOCK where this process runs, to a number that has room for needed bytes. */
export function memlockHint(runtime: Runtime, needed = 0): string {
  const limit = roomyLimit(needed)
  const inUnit = `LimitMEMLOCK=${limit / 1024 / 1024}M`
  const option = `--ulimit memlock=${limit}:${limit}`
  switch (runtime) {
    case 'docker':
      return `Raise it in Docker: ${option}, or "default-ulimits" in daemon.json`
    case 'podman':
      return `Raise it in podman: ${option}`
    case 'kubernetes':
      return (
        'Kubernetes cannot set it, and a container inherits it from its runtime: put ' +
        `${inUnit} into the containerd (or crio) unit of the nodes, restart it, and start the pods anew`
      )
    case 'systemd':
      return `Raise it in the systemd unit: ${inUnit}`
    case null:
      return (
        `Raise it: ulimit -l ${limit / 1024}; ${inUnit} in a systemd unit; ${option} in Docker or podman; ` +
        `in Kubernetes ${inUnit} in the containerd unit of the nodes`
      )
  }
}

/** How to raise RLIMIT_NOFILE, or the system's limit. */
export function descriptorHint(errno: string | null): string {
  return errno === 'ENFILE'
    ? 'Raise it: sysctl fs.file-max'
    : 'Close descriptors, or raise it: ulimit -n 4096, LimitNOFILE=4096 in a systemd unit, --ulimit nofile=4096:4096 in Docker'
}

function seccompHint({ runtime, trial }: Evidence): string {
  if (trial.syscall === 'clone') {
    return 'Let the process start a child (ulimit -u, TasksMax= in systemd, --pids-limit in Docker), then probe again'
  }
  return SECCOMP[runtime ?? 'none']
}

function lsmHint({ lsm, lsmLabel }: Evidence): string {
  if (lsm?.includes('selinux') === true) {
    return `SELinux: look for the denial with ausearch -m avc -ts recent, and allow it to ${lsmLabel ?? "the process's domain"} in a module`
  }
  return "Look for the denial in the kernel's log (journalctl -k), and allow memfd_secret in the policy of that module"
}

function notEnabledHint(evidence: Evidence): string {
  if (evidence.parameter.value !== false && /\brodata=(?!full)/.test(evidence.commandLine ?? '')) {
    return `Boot with full protection of the direct map: ${bootParameter('rodata=full')}`
  }
  return `Turn it on: ${bootParameter('secretmem.enable=1')}`
}

/** What an operator can do about a reason: exact parameters and settings. */
export function hintFor(reason: Reason, evidence: Evidence): string {
  switch (reason) {
    case 'not-linux':
      return 'Run the service on Linux 5.14 or later; here secrets are ordinary memory, for development alone'
    case 'no-addon':
      return (
        'Install the package on the machine that runs it: it brings the addon for Linux on x64 and arm64, and a checkout ' +
        "is built by npm run build. Under Node's permission model add --allow-addons. Where the runtime itself refuses, " +
        'as Electron does, run Node.js'
      )
    case 'kernel-too-old':
      return (
        'Boot a kernel of 5.14 or later; from 6.5 on it is enabled without a parameter. ' +
        'gVisor shows itself as 4.4.0 and lacks it: run the container by another runtime'
      )
    case 'unsupported-arch':
      return 'Run on x86_64, arm64, riscv64, loongarch64 or s390x'
    case 'not-configured':
      return 'Boot a kernel built with CONFIG_SECRETMEM=y: the stock kernels of Debian 12 and Ubuntu 22.04 and later are'
    case 'not-enabled':
      return notEnabledHint(evidence)
    case 'unsupported-or-disabled':
      return (
        'Run memfd-secret doctor as root outside of any container for more evidence. ' +
        `Is it off: ${bootParameter('secretmem.enable=1')}. Is a sandbox in the way: allow memfd_secret there; gVisor lacks it`
      )
    case 'seccomp':
      return seccompHint(evidence)
    case 'lsm':
      return lsmHint(evidence)
    case 'memlock-limit':
      return memlockHint(evidence.runtime)
    case 'fd-limit':
      return descriptorHint(evidence.trial.errno)
    case 'unprotected-arm64':
      return (
        'Update the kernel to 5.15.169, 6.1.113, 6.6.57, 6.11.4, 6.12 or later, or boot with full protection of the ' +
        `direct map: ${bootParameter('rodata=full')}`
      )
  }
}
