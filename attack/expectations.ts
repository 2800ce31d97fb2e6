import { HOLDER_NAMES, type HolderName } from './holders'

export type Expected = 'leaks' | 'safe'

const L = 'leaks'
const s = 'safe'

/**
 * What docs/threat-model.md says of each attack and holder, in the order of HOLDER_NAMES: malloc, mlock, sodium_malloc,
 * memfd_secret, sealed. A run that shows anything else makes the command fail, be it worse or better.
 */
const TABLE: Record<string, readonly [Expected, Expected, Expected, Expected, Expected]> = {
  'proc-mem-read': [L, L, L, s, s],
  'proc-mem-write': [L, L, L, s, s],
  'process-vm-readv': [L, L, L, s, s],
  'process-vm-writev': [L, L, L, s, s],
  'ptrace-peek': [L, L, L, s, s],
  'ptrace-poke': [L, L, L, s, s],
  // MADV_DONTDUMP keeps pages out of a dump, unless gdb is told to ignore it.
  gcore: [L, s, s, s, s],
  'gcore-all': [L, L, L, s, s],
  'kernel-core': [L, s, s, s, s],
  // None of them keeps a descriptor open, or maps a file.
  'pidfd-getfd': [s, s, s, s, s],
  'proc-fd': [s, s, s, s, s],
  'proc-map-files': [s, s, s, s, s],
  // Locked pages stay in memory.
  swap: [L, s, s, s, s],
  // The kernel gives nobody a reference to a secret page: what would take the page itself is refused.
  'o-direct': [L, L, L, s, s],
  vmsplice: [L, L, L, s, s],
  'io-uring-registered-buffer': [L, L, L, s, s],
  'userfaultfd-move': [L, L, L, s, s],
  // sodium_malloc does not call for MADV_DONTFORK.
  'forked-child': [L, s, L, s, s],
  // Bytes of Buffers are outside of V8's heap, and no report shows them.
  'heap-snapshot': [s, s, s, s, s],
  'process-report': [s, s, s, s, s],
  'console-log': [L, s, L, s, s],
  'structured-clone': [L, s, L, s, s],
  'inspector-look': [L, s, L, s, s],
  // Code in the process may do what the application may.
  'inspector-evaluate': [L, L, L, L, L],
  'structured-clone-of-view': [L, L, L, L, L],
  // A copy that the kernel makes for the process itself goes through the process's own page table.
  'bpf-probe-read-user': [L, L, L, L, s],
  'bpf-probe-read-user-in-use': [L, L, L, L, L],
  'injected-write': [L, L, L, L, s],
  'injected-write-in-use': [L, L, L, L, L],
  'injected-reopen-and-write': [L, L, L, L, L],
}

/** Throws for an attack that the table lacks. */
export function expectedOf(attack: string, holder: HolderName): Expected {
  const expected = TABLE[attack]?.[HOLDER_NAMES.indexOf(holder)]
  if (expected === undefined) throw new Error(`Expected ${attack} in the table of expectations but found none`)
  return expected
}
