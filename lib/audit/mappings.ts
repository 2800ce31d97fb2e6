import { readdirSync, readFileSync } from 'node:fs'
import { readText } from '../detection/proc'

/** A line of /proc/PID/maps; of smaps with its flags. */
export interface Mapping {
  begin: bigint
  end: bigint
  /** rwxp, as proc(5) has them. */
  permissions: string
  /** A path, "[heap]" and the like, or "". */
  name: string
  /** VmFlags of smaps; none from maps. */
  flags: readonly string[]
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/

/** The mappings in the text of maps or smaps, in ascending order. */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = []
  for (const line of text.split('\n')) {
    const [, begin, end, permissions = '', name = ''] = LINE.exec(line) ?? []
    const last = mappings.at(-1)
    if (begin !== undefined && end !== undefined) {
      mappings.push({ begin: BigInt(`0x${begin}`), end: BigInt(`0x${end}`), permissions, name, flags: [] })
    } else if (last !== undefined && line.startsWith('VmFlags:')) {
      last.flags = line.slice('VmFlags:'.length).trim().split(' ')
    }
  }
  return mappings
}

/**
 * Of the fallback's own pages the kernel knows no name. Locked, in no core dump, not inherited by fork, and between
 * guards (src/sys/pages.cc): no other allocator makes all four. Another thread's, and a second copy's of this package, too.
 */
export function isFallbackPages(mappings: readonly Mapping[], index: number): boolean {
  const [before, it, after] = [mappings[index - 1], mappings[index], mappings[index + 1]]
  if (it === undefined || before === undefined || after === undefined) return false
  const guarded = [before, after].every(({ permissions }) => permissions === '---p')
  const touching = before.end === it.begin && after.begin === it.end
  return it.name === '' && guarded && touching && ['lo', 'dd', 'dc'].every((flag) => it.flags.includes(flag))
}

/** What to read, of this process or another. */
export interface Memory {
  /** 0: this process. */
  process: number
  mappings: readonly Mapping[]
  /** Stack pointers of its threads, as far as the kernel tells them. */
  stacks: readonly bigint[]
}

/** The kernel's own pages: no process writes there, and process_vm_readv(2) refuses. */
const KERNEL = new Set(['[vvar]', '[vvar_vclock]', '[vsyscall]'])

function readable({ permissions, name }: Mapping): boolean {
  return permissions.startsWith('r') && !KERNEL.has(name)
}

/** A thread that waits in a system call shows its stack pointer, one that runs does not (proc(5), /proc/PID/syscall). */
function stackPointers(folder: string): bigint[] {
  let threads: string[] = []
  try {
    threads = readdirSync(`${folder}/task`)
  } catch {
    // The process is ending: its mappings are gone too.
  }
  return threads.flatMap((thread) => {
    const words = readText(`${folder}/task/${thread}/syscall`)?.trim().split(' ') ?? []
    const pointer = words.length > 2 ? words.at(-2) : undefined
    return pointer !== undefined && /^0x[0-9a-f]+$/.test(pointer) ? [BigInt(pointer)] : []
  })
}

/** Of this process; fallback: its secrets are in pages that can be read, which are left out. Throws fs's own errors. */
export function ownMemory(fallback: boolean): Memory {
  const mappings = parseMappings(readFileSync(fallback ? '/proc/self/smaps' : '/proc/self/maps', 'latin1'))
  const kept = mappings.filter((mapping, index) => readable(mapping) && !(fallback && isFallbackPages(mappings, index)))
  return { process: 0, mappings: kept, stacks: stackPointers('/proc/self') }
}

/** Of another process. Throws fs's own errors: ENOENT, EACCES, EPERM, ESRCH. */
export function memoryOf(process: number): Memory {
  const mappings = parseMappings(readFileSync(`/proc/${process}/maps`, 'latin1')).filter(readable)
  return { process, mappings, stacks: stackPointers(`/proc/${process}`) }
}
