import type { Attack } from '../attack'
import { readBy } from '../attacker'

export const attack: Attack = {
  name: 'ptrace-peek',
  title: 'ptrace, PTRACE_PEEKDATA',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the words of the pages that hold secrets, or that process_vm_readv found it in',
  control: 'malloc',
  make: (target) => readBy('ptrace', target),
}
