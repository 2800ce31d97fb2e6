import { fstatSync, readFileSync, readlinkSync } from 'node:fs'

/** Node.js marks the descriptors up to here close-on-exec at its start, as far as they are open, and further while they are. */
const LAST_MARKED = 15

interface Open {
  descriptor: number
  link: string
  writes: boolean
}

function describe(descriptor: number): Open | null {
  try {
    fstatSync(descriptor)
    const link = readlinkSync(`/proc/self/fd/${descriptor}`)
    const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? []
    return { descriptor, link, writes: (Number.parseInt(flags, 8) & 3) !== 0 }
  } catch {
    return null
  }
}

/** Sockets that systemd passes to this very process, from descriptor 3 on. */
function socketActivation(): number {
  return process.env['LISTEN_PID'] === String(process.pid) ? Number(process.env['LISTEN_FDS'] ?? 0) : 0
}

/**
 * The descriptors that this process was given and Node.js would not pass on. Its own are told by what they are: an event
 * loop's anonymous files, pipes of which it holds both ends, and one of /dev/null.
 */
export function inheritedDescriptors(): number[] {
  const last = Math.min(255, Math.max(LAST_MARKED, 2 + socketActivation()))
  const open = Array.from({ length: last + 1 }, (_, descriptor) => describe(descriptor)).filter(
    (found) => found !== null,
  )
  const own = ({ descriptor, link, writes }: Open): boolean =>
    descriptor > 2 &&
    (link.startsWith('anon_inode:') ||
      link === '/dev/null' ||
      (link.startsWith('pipe:') && open.some((other) => other.link === link && other.writes !== writes)))
  return open.filter((file) => !own(file)).map(({ descriptor }) => descriptor)
}
