import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** What to look for: at least 16 bytes each, so that none is found by chance. */
export type Patterns = ReadonlyMap<string, Buffer>

const CHUNK = 4 * 1024 * 1024
const PAGE = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))

function readableRanges(pid: number, withStack: boolean): { start: number; end: number }[] {
  const ranges = []
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ \S+ *(.*)$/.exec(line)
    if (match === null || match[3] === '[vvar]' || match[3]?.startsWith('[vsyscall')) continue
    if (match[3] === '[stack]' && !withStack) continue
    ranges.push({ start: Number.parseInt(match[1] ?? '', 16), end: Number.parseInt(match[2] ?? '', 16) })
  }
  return ranges
}

/** Runs of pages that are there: most of a process's addresses were never touched. */
function* presentRuns(pagemap: number, start: number, end: number): Generator<{ start: number; end: number }> {
  const entries = Buffer.alloc(((end - start) / PAGE) * 8)
  const got = readSync(pagemap, entries, 0, entries.length, (start / PAGE) * 8)
  let from = -1
  for (let page = 0; page <= got / 8; page++) {
    // Bit 63: present, bit 62: swapped (proc_pid_pagemap(5)).
    const there = page < got / 8 && (entries[page * 8 + 7] ?? 0) >= 0x40
    if (there && from < 0) from = page
    if (there || from < 0) continue
    yield { start: start + from * PAGE, end: start + page * PAGE }
    from = -1
  }
}

/**
 * Plays root: reads all memory of another process by /proc/PID/mem and answers the names of the patterns that it found. The
 * kernel refuses secret pages; whatever else it refuses (guard pages) holds nothing. While keys sign, OpenSSL has the number of
 * an EC key on its stack (BN_generate_dsa_nonce), for some microseconds of each signature: a scan at that time leaves out the
 * main thread's stack, and one with it follows when the signing has ended.
 */
export function scanProcess(pid: number, patterns: Patterns, { withStack = true } = {}): string[] {
  const longest = Math.max(...[...patterns.values()].map((bytes) => bytes.length))
  const missing = new Map(patterns)
  const buffer = Buffer.alloc(CHUNK)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r')
  const search = (start: number, end: number): void => {
    for (let at = start; at < end; at += CHUNK - longest) {
      let got = 0
      try {
        got = readSync(memory, buffer, 0, Math.min(CHUNK, end - at), at)
      } catch {
        return
      }
      const seen = buffer.subarray(0, got)
      for (const [name, bytes] of missing) if (seen.includes(bytes)) missing.delete(name)
      if (got < CHUNK) return
    }
  }
  try {
    for (const range of readableRanges(pid, withStack)) {
      for (const { start, end } of presentRuns(pagemap, range.start, range.end)) search(start, end)
    }
  } finally {
    closeSync(memory)
    closeSync(pagemap)
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
