// A reader of 64-bit little-endian ELF files: what the checks of our binaries ask for, whatever machine they are for.

const machines = { 62: 'x64', 183: 'arm64', 243: 'riscv64' }
const segment = { LOAD: 1, DYNAMIC: 2, INTERP: 3, GNU_STACK: 0x6474e551, GNU_RELRO: 0x6474e552 }
const section = { SYMTAB: 2, DYNSYM: 11 }
const tag = { NEEDED: 1, RPATH: 15, TEXTREL: 22, RUNPATH: 29, FLAGS: 30, BIND_NOW: 24, FLAGS_1: 0x6ffffffb }
const flags = { TEXTREL: 0x4, BIND_NOW: 0x8 }
const flags1 = { NOW: 0x1, NODELETE: 0x8 }
const weak = 2

function table(start, count, size, read) {
  return Array.from({ length: count }, (_, index) => read(start + index * size))
}

/** Throws a RangeError for a file that is cut short. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes
  }

  word(offset) {
    return this.bytes.readUInt32LE(offset)
  }

  long(offset) {
    return Number(this.bytes.readBigUInt64LE(offset))
  }

  text(offset) {
    return this.bytes.toString('latin1', offset, this.bytes.indexOf(0, offset))
  }

  segments() {
    return table(this.long(0x20), this.bytes.readUInt16LE(0x38), 56, (at) => ({
      type: this.word(at),
      executable: (this.word(at + 4) & 1) !== 0,
      writable: (this.word(at + 4) & 2) !== 0,
      offset: this.long(at + 8),
      size: this.long(at + 32),
    }))
  }

  sections() {
    const all = table(this.long(0x28), this.bytes.readUInt16LE(0x3c), 64, (at) => ({
      nameOffset: this.word(at),
      type: this.word(at + 4),
      offset: this.long(at + 24),
      size: this.long(at + 32),
      link: this.word(at + 40),
    }))
    const names = all[this.bytes.readUInt16LE(0x3e)]
    return all.map((each) => ({ ...each, name: names ? this.text(names.offset + each.nameOffset) : '' }))
  }

  dynamic({ offset, size }) {
    return table(offset, size / 16, 16, (at) => ({ tag: this.long(at), value: this.long(at + 8) }))
  }

  symbols({ offset, size, link }, sections) {
    const all = table(offset, size / 24, 24, (at) => ({
      name: this.text(sections[link].offset + this.word(at)),
      weak: this.bytes[at + 4] >> 4 === weak,
      defined: this.bytes.readUInt16LE(at + 6) !== 0,
    }))
    return all.filter(({ name }) => name !== '')
  }
}

/**
 * What a shared object is and needs. Throws an Error for bytes that are no 64-bit little-endian ELF file.
 * imports: {name, weak}[]; exports: string[]; sections: names.
 */
export function readElf(bytes) {
  const is64LittleEndian = bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1
  if (!is64LittleEndian) throw new Error('Expected a 64-bit little-endian ELF file')
  const reader = new Reader(bytes)
  const segments = reader.segments()
  const sections = reader.sections()
  const ofType = (type) => segments.filter((each) => each.type === type)
  const [dynamicSegment] = ofType(segment.DYNAMIC)
  const entries = dynamicSegment ? reader.dynamic(dynamicSegment) : []
  const has = (name) => entries.some((entry) => entry.tag === tag[name])
  const bits = (name) => entries.find((entry) => entry.tag === tag[name])?.value ?? 0
  const dynsym = sections.find(({ type }) => type === section.DYNSYM)
  const symbols = dynsym ? reader.symbols(dynsym, sections) : []
  const [stack] = ofType(segment.GNU_STACK)
  return {
    machine: machines[bytes.readUInt16LE(0x12)] ?? 'unknown',
    isProgram: ofType(segment.INTERP).length > 0,
    needed: entries.filter((entry) => entry.tag === tag.NEEDED).length,
    searchPath: has('RPATH') || has('RUNPATH'),
    textRelocations: has('TEXTREL') || (bits('FLAGS') & flags.TEXTREL) !== 0,
    bindNow: has('BIND_NOW') || (bits('FLAGS') & flags.BIND_NOW) !== 0 || (bits('FLAGS_1') & flags1.NOW) !== 0,
    noDelete: (bits('FLAGS_1') & flags1.NODELETE) !== 0,
    relro: ofType(segment.GNU_RELRO).length > 0,
    // Without the entry the loader makes every stack of the process executable.
    executableStack: !stack || stack.executable,
    writableCode: ofType(segment.LOAD).some(({ writable, executable }) => writable && executable),
    imports: symbols.filter(({ defined }) => !defined),
    exports: symbols.filter(({ defined }) => defined).map(({ name }) => name),
    sections: sections.map(({ name }) => name),
    hasSymbolTable: sections.some(({ type }) => type === section.SYMTAB),
  }
}
