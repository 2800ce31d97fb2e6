import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** A copy of a needle in a process's memory. */
export interface Copy {
  needle: string
  mapping: string
  address: string
}

export type Needles = Readonly<Record<string, Uint8Array>>

/** The forms in which a secret may lie about: its bytes, its text in hex and base64, and both as V8's two-byte strings. */
export function needlesOf(secret: Uint8Array): Needles {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  // The last characters depend on what follows the secret.
  const base64 = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 3)).toString('base64')
  return {
    raw: bytes,
    // free() overwrites the first bytes of what it is given.
    'part of raw': bytes.subarray(bytes.byteLength / 2),
    hex: Buffer.from(hex, 'latin1'),
    HEX: Buffer.from(hex.toUpperCase(), 'latin1'),
    base64: Buffer.from(base64, 'latin1'),
    base64url: Buffer.from(base64.replaceAll('+', '-').replaceAll('/', '_'), 'latin1'),
    'hex, two-byte': Buffer.from(hex, 'utf16le'),
    'base64, two-byte': Buffer.from(base64, 'utf16le'),
    'raw, two-byte': Buffer.from(bytes.toString('latin1'), 'utf16le'),
  }
}

const CHUNK = 4 << 20

interface Mapping {
  start: bigint
  end: bigint
  name: string
}

/** The readable mappings of a process. */
function mappingsOf(pid: number): Mapping[] {
  const found: Mapping[] = []
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line)
    const [, start, end, name = ''] = match ?? []
    if (start === undefined || end === undefined || name === '[vvar]' || name === '[vsyscall]') continue
    found.push({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), name })
  }
  return found
}

function searchMapping(memory: number, mapping: Mapping, needles: Needles, window: Buffer, found: Copy[]): void {
  const longest = Math.max(...Object.values(needles).map((needle) => needle.byteLength))
  for (let at = mapping.start; at < mapping.end; at += BigInt(CHUNK)) {
    const wanted = Math.min(CHUNK + longest, Number(mapping.end - at))
    let got: number
    try {
      got = readSync(memory, window, 0, wanted, at)
    } catch {
      // EIO: secret pages, which is the point of them.
      continue
    }
    const piece = window.subarray(0, got)
    for (const [name, needle] of Object.entries(needles)) {
      for (let hit = piece.indexOf(needle); hit >= 0 && hit < CHUNK; hit = piece.indexOf(needle, hit + 1)) {
        found.push({ needle: name, mapping: mapping.name, address: (at + BigInt(hit)).toString(16) })
      }
    }
  }
}

/** Or its collector could move what is looked for from behind the place that is searched to before it. */
function stop(pid: number): void {
  process.kill(pid, 'SIGSTOP')
  while (!/\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  }
}

/**
 * Looks through all memory of another process that can be read by /proc/PID/mem (ptrace(2) rights: root, or a child that
 * is dumpable) for the needles. The scanning process's own memory holds them, so it cannot be its own target.
 */
export function scanMemory(pid: number, needles: Needles): Copy[] {
  if (pid === process.pid) throw new Error('Expected another process for pid but received this one')
  stop(pid)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const window = Buffer.alloc(CHUNK + 4096)
  const found: Copy[] = []
  try {
    for (const mapping of mappingsOf(pid)) searchMapping(memory, mapping, needles, window, found)
  } finally {
    closeSync(memory)
    process.kill(pid, 'SIGCONT')
  }
  return found
}
