/**
 * Makes a process of root one of a user that has no other: CAP_IPC_LOCK lifts the limit of locked memory, and newer
 * kernels count it for all processes of a user. Called after the modules are loaded, for a clone that only root can read.
 */
export function dropPrivileges(): void {
  if (process.getuid?.() !== 0) return
  const unused = 1_000_000 + process.pid
  process.setgroups?.([])
  process.setgid?.(unused)
  process.setuid?.(unused)
}
