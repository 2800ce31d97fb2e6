import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What matters of a program's file: who loads it, and which names its dynamic symbols have. */
export interface ElfProgram {
  /** The dynamic loader, which is what reads LD_PRELOAD; null for a program that needs none. */
  loader: string | null
  /** CRYPTO_set_mem_functions is among its symbols: OpenSSL is in it, or it is linked to libcrypto. */
  namesOpenSsl: boolean
}

const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const DT_STRTAB = 5
const DT_STRSZ = 10
const MOST_BYTES = 64 * 1024 * 1024
const SYMBOL = Buffer.from('\0CRYPTO_set_mem_functions\0')

interface Segment {
  type: number
  offset: number
  address: number
  size: number
}

function readAt(file: number, offset: number, length: number): Buffer {
  const size = Math.max(0, Math.min(length, MOST_BYTES, fstatSync(file).size - offset))
  const bytes = Buffer.alloc(size)
  return bytes.subarray(0, readSync(file, bytes, 0, size, offset))
}

/** Little-endian 64-bit programs, which is what Node.js runs as on every architecture with memfd_secret but s390x. */
function segmentsOf(file: number): Segment[] | null {
  const header = readAt(file, 0, 64)
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return null
  const table = readAt(file, Number(header.readBigUInt64LE(32)), header.readUInt16LE(54) * header.readUInt16LE(56))
  const segments = []
  for (let at = 0; at + 56 <= table.length; at += header.readUInt16LE(54)) {
    segments.push({
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    })
  }
  return segments
}

function dynamicNames(file: number, segments: readonly Segment[]): Buffer {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC)
  if (segment === undefined) return Buffer.alloc(0)
  const entries = readAt(file, segment.offset, segment.size)
  const tags = new Map<number, number>()
  for (let at = 0; at + 16 <= entries.length; at += 16) {
    tags.set(Number(entries.readBigUInt64LE(at)), Number(entries.readBigUInt64LE(at + 8)))
  }
  const address = tags.get(DT_STRTAB) ?? 0
  const holder = segments.find(
    ({ type, address: start, size }) => type === PT_LOAD && address >= start && address < start + size,
  )
  if (holder === undefined) return Buffer.alloc(0)
  return readAt(file, address - holder.address + holder.offset, tags.get(DT_STRSZ) ?? 0)
}

/** Null for a file that is no such program. Throws fs's errors. */
export function readElf(path: string): ElfProgram | null {
  const file = openSync(path, 'r')
  try {
    const segments = segmentsOf(file)
    if (segments === null) return null
    const loader = segments.find(({ type }) => type === PT_INTERP)
    return {
      loader:
        loader === undefined ? null : readAt(file, loader.offset, loader.size).toString('utf8').replace(/\0.*/s, ''),
      namesOpenSsl: dynamicNames(file, segments).includes(SYMBOL),
    }
  } finally {
    closeSync(file)
  }
}
