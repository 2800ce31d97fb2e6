import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WayToDie } from './ways-to-die'

const ROOM_BYTES = 96 * 1024 * 1024

function limitAddressSpace(pid: number): () => void {
  const size = /^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  const most = Number(size) * 1024 + ROOM_BYTES
  execFileSync('prlimit', ['--pid', String(pid), `--as=${most}:${most}`])
  return () => undefined
}

/** Where a cgroup of a process with a limit of memory can be made: cgroup v1's own hierarchy, or v2's. */
function memoryHierarchy(): { folder: string; limit: string; events: string } {
  const v1 = '/sys/fs/cgroup/memory'
  if (existsSync(join(v1, 'memory.limit_in_bytes'))) {
    return { folder: v1, limit: 'memory.limit_in_bytes', events: 'memory.oom_control' }
  }
  return { folder: '/sys/fs/cgroup', limit: 'memory.max', events: 'memory.events' }
}

function limitByCgroup(pid: number): () => void {
  const { folder, limit, events } = memoryHierarchy()
  const group = join(folder, `memfd-secret-stress-${pid}`)
  mkdirSync(group)
  try {
    writeFileSync(join(group, limit), String(ROOM_BYTES))
    writeFileSync(join(group, 'cgroup.procs'), String(pid))
  } catch (error) {
    rmdirSync(group)
    throw error
  }
  return () => {
    const killed = /^oom_kill [1-9]/m.test(readFileSync(join(group, events), 'latin1'))
    rmdirSync(group)
    if (!killed) throw new Error('Expected the kernel to kill it for want of memory')
  }
}

const LIMITS: Record<NonNullable<WayToDie['limit']>, (pid: number) => () => void> = {
  'address-space': limitAddressSpace,
  cgroup: limitByCgroup,
}

/** Puts a limit over a running process. Throws where that is not possible here; else gives what to do once it is dead, which throws where the limit was not met. */
export function limitMemory(pid: number, limit: WayToDie['limit']): () => void {
  return limit === undefined ? () => undefined : LIMITS[limit](pid)
}
