/** Those that sealing is about: each takes about half a minute in an emulated machine. */
export const ATTACKS = [
  ...['proc-mem-read', 'proc-mem-write', 'process-vm-readv', 'process-vm-writev', 'ptrace-peek', 'ptrace-poke'],
  ...['vmsplice', 'io-uring-registered-buffer', 'forked-child', 'inspector-evaluate', 'structured-clone-of-view'],
  ...['bpf-probe-read-user', 'bpf-probe-read-user-in-use'],
  ...['injected-write', 'injected-write-in-use', 'injected-reopen-and-write'],
]
