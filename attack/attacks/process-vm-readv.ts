import type { Attack } from '../attack'
import { readBy } from '../attacker'

export const attack: Attack = {
  name: 'process-vm-readv',
  title: 'process_vm_readv',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what the call copied of the whole memory of the victim',
  control: 'malloc',
  make: (target) => readBy('process_vm_readv', target),
}
