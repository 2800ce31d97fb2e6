import type { Mapping } from './mappings'

/** What memory a copy lies in. */
export type CopyKind = 'v8-heap' | 'malloc' | 'stack' | 'file' | 'anonymous'

/** Numbers of audit::Owner (src/audit/owner.h). */
const OWNERS = ['anonymous', 'malloc', 'v8-heap'] as const satisfies readonly CopyKind[]

/** Shared memory without a file on a disk has a name that looks like one. */
const MEMORY_FILE = /^\/(?:memfd:|SYSV|dev\/zero)/

/** Whether only records beside the memory tell whose it is. */
export function isAnonymous({ name }: Mapping): boolean {
  return name === '' || name.startsWith('[anon')
}

export function kindOf(mapping: Mapping, owner: number, stacks: readonly bigint[]): CopyKind {
  const { name, begin, end } = mapping
  if (name === '[heap]') return 'malloc'
  if (name.startsWith('[stack')) return 'stack'
  if (name.startsWith('/')) return MEMORY_FILE.test(name) ? 'anonymous' : 'file'
  if (!isAnonymous(mapping)) return 'anonymous'
  if (stacks.some((pointer) => pointer >= begin && pointer < end)) return 'stack'
  return OWNERS[owner] ?? 'anonymous'
}

/** As /proc/PID/maps has it: what an operator looks for there, or in a debugger. */
export function describeMapping({ begin, end, permissions, name }: Mapping): string {
  return `${begin.toString(16)}-${end.toString(16)} ${permissions} ${name}`.trimEnd()
}
