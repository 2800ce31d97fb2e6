import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** What to look for: at least 16 bytes each, so that none is found by chance. */
export type Patterns = ReadonlyMap<string, Buffer>

const CHUNK = 4 * 1024 * 1024

function readableRanges(pid: number): { start: number; end: number }[] {
  const ranges = []
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ \S+ *(.*)$/.exec(line)
    if (match === null || match[3] === '[vvar]' || match[3]?.startsWith('[vsyscall')) continue
    ranges.push({ start: Number.parseInt(match[1] ?? '', 16), end: Number.parseInt(match[2] ?? '', 16) })
  }
  return ranges
}

/**
 * Plays root: reads all memory of another process by /proc/PID/mem and answers the names of the patterns that it found. The
 * kernel refuses secret pages; whatever else it refuses (guard pages) holds nothing.
 */
export function scanProcess(pid: number, patterns: Patterns): string[] {
  const longest = Math.max(...[...patterns.values()].map((bytes) => bytes.length))
  const missing = new Map(patterns)
  const buffer = Buffer.alloc(CHUNK)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const { start, end } of readableRanges(pid)) {
      for (let at = start; at < end; at += CHUNK - longest) {
        let got = 0
        try {
          got = readSync(memory, buffer, 0, Math.min(CHUNK, end - at), at)
        } catch {
          break
        }
        const seen = buffer.subarray(0, got)
        for (const [name, bytes] of missing) if (seen.includes(bytes)) missing.delete(name)
        if (got < CHUNK) break
      }
    }
  } finally {
    closeSync(memory)
  }
  return [...patterns.keys()].filter((name) => !missing.has(name))
}

/** A number as OpenSSL keeps it (little-endian words) and as files keep it. */
export function bothOrders(name: string, bytes: Buffer): [string, Buffer][] {
  return [
    [name, bytes],
    [`${name}, reversed`, Buffer.from(bytes).reverse()],
  ]
}

/** A piece of a PEM file's text that no other file has. */
export function middleOf(pem: string): Buffer {
  const lines = pem.split('\n')
  return Buffer.from(lines[Math.floor((lines.length - 1) / 2)] ?? '', 'latin1').subarray(0, 48)
}
